"""Silver → gold, the star schema and the account of every record, tested and published, when silver was built."""

from airflow.sdk import DAG

from goldreel.orchestration.assets import DUE, SILVER_BUILT
from goldreel.orchestration.layers import build_layer, dbt_of
from goldreel.orchestration.manifests import GOLD
from goldreel.orchestration.reconciliation import look_after_failure_of
from goldreel.orchestration.tasks import DAG_SETTINGS, publish, take_up_build

with DAG("dag_4_silver_to_gold", schedule=SILVER_BUILT | DUE["gold"], description=__doc__, **DAG_SETTINGS):
    build = take_up_build()
    gold = build_layer(GOLD)
    build >> gold
    dbt_of(gold) >> publish(build)
    look_after_failure_of(dbt_of(gold))

"""Bronze → silver, tested, when anything new is in bronze."""

from functools import reduce
from operator import or_

from airflow.sdk import DAG

from goldreel.orchestration.assets import BRONZE, DUE, LEFT_OVER
from goldreel.orchestration.layers import build_layer, dbt_of
from goldreel.orchestration.manifests import SILVER
from goldreel.orchestration.reconciliation import look_after_failure_of
from goldreel.orchestration.tasks import DAG_SETTINGS, announce_silver, begin_build

NEWS = reduce(or_, [*BRONZE.values(), LEFT_OVER, DUE["silver"]])

with DAG("dag_3_data_transformer_bronze", schedule=NEWS, description=__doc__, **DAG_SETTINGS):
    begun = begin_build()
    silver = build_layer(SILVER)
    begun >> silver
    dbt_of(silver) >> announce_silver(begun)
    look_after_failure_of(dbt_of(silver))

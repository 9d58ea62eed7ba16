"""Bronze → silver, tested, when anything new is in bronze."""

from functools import reduce
from operator import or_

from airflow.sdk import DAG

from goldreel.orchestration.layers import build_layer
from goldreel.orchestration.manifests import SILVER
from goldreel.orchestration.tasks import BRONZE, DAG_SETTINGS, announce_silver, begin_build

with DAG("dag_3_data_transformer_bronze", schedule=reduce(or_, BRONZE.values()), description=__doc__, **DAG_SETTINGS):
    begun = begin_build()
    begun >> build_layer(SILVER) >> announce_silver(begun)

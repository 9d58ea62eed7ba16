"""The content catalogue → bronze, when a delivery has arrived."""

from airflow.sdk import DAG

from goldreel.orchestration.assets import DUE, arrived
from goldreel.orchestration.tasks import DAG_SETTINGS, load_entity, report_refused_files

ARRIVED = arrived("goldreel_delivered_json", ["content"])

with DAG("dag_2_json_content_loader", schedule=ARRIVED | DUE["json"], description=__doc__, **DAG_SETTINGS):
    load_entity("content")() >> report_refused_files(["load_content"])

"""Users and viewing sessions → bronze, when a delivery has arrived."""

from airflow.sdk import DAG

from goldreel.orchestration.assets import DUE, arrived
from goldreel.orchestration.tasks import DAG_SETTINGS, load_entity, report_refused_files

ARRIVED = arrived("goldreel_delivered_csv", ["users", "viewing_sessions"])

with DAG("dag_1_csv_loader", schedule=ARRIVED | DUE["csv"], description=__doc__, **DAG_SETTINGS):
    users = load_entity("users")()
    sessions = load_entity("viewing_sessions")()
    [users, sessions] >> report_refused_files(["load_users", "load_viewing_sessions"])

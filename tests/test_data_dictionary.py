"""What the dashboard and the docs say about tables is what stands beside the models."""

from __future__ import annotations

from goldreel.config import dbt_project
from goldreel.data_dictionary import read_dictionary
from goldreel.loading.contract import BRONZE_TABLES


def test_every_model_and_every_bronze_table_is_in_the_dictionary() -> None:
    models = {path.stem for path in dbt_project().glob("models/*/*.sql")}
    assert set(read_dictionary()) == models | {str(table) for table in BRONZE_TABLES}


def test_a_table_tells_its_layer_its_formula_and_the_meaning_of_its_columns() -> None:
    table = read_dictionary()["gold_country_insights"]
    assert table.layer == "gold"
    assert table.sql_file is not None
    assert (dbt_project() / table.sql_file).is_file()
    assert table.description.startswith("One row per country")
    assert table.columns["total_users"].type == "whole"
    assert table.columns["avg_user_age"].description.startswith("Average age in years")


def test_a_column_tells_which_table_its_values_are_found_in() -> None:
    columns = read_dictionary()["silver_viewing_sessions"].columns
    assert columns["user_id"].references == ("silver_users", "user_id")
    assert columns["watch_date"].references is None


def test_where_a_description_names_a_setting_its_value_stands() -> None:
    tables = read_dictionary()
    assert "at least 100 hours (setting `active_user_hours`)" in tables["gold_user_analytics"].description
    texts = [table.description for table in tables.values()]
    texts += [column.description for table in tables.values() for column in table.columns.values()]
    assert not [text for text in texts if "{{" in text]

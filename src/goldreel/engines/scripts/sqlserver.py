"""Models as a script for SQL Server: batches of T-SQL."""

from __future__ import annotations

from collections.abc import Sequence

from goldreel.engines import tsql
from goldreel.engines.scripts.model import STAGING, Model, comment, head, other_schemas


def script(name: str, all_models: Sequence[Model], layers: Sequence[str]) -> str:
    models = [model for model in all_models if model.layer in layers]
    how = (
        f"Run it in the warehouse's database, as often as you like: `sqlcmd -b -I -i {name}` or `goldreel sql {name} "
        "--engine sqlserver`. Each table is made beside the one that is there and takes its place in one transaction; "
        "after an error every table not yet replaced is as it was."
    )
    parts = [head(name, models, how), "set xact_abort on;\nset nocount on;\nset quoted_identifier on;\ngo"]
    parts += [
        f"if schema_id(N'{schema}') is null exec(N'create schema {schema}');\ngo"
        for schema in sorted({STAGING, *other_schemas(models, "dbo")})
    ]
    parts.append(_clean_start(all_models, models))
    for model in models:
        title = comment(f"{model.name}: {model.description}")
        parts.append(f"{title}\n{_view(model, all_models) if model.is_view else _table(model, all_models)}")
    return "\n\n\n".join(parts) + "\n"


def _clean_start(all_models: Sequence[Model], models: Sequence[Model]) -> str:
    """Drop what a run left that was stopped: a view, of whichever script, is in the way of dropping what it reads."""
    drops = [f"drop view if exists {model.query};" for model in all_models if not model.is_view]
    drops += [f"drop table if exists {model.new};" for model in models if not model.is_view]
    return "\n".join([comment("What a run that was stopped may have left."), *drops, "go"])


def _views_over(model: Model, models: Sequence[Model]) -> list[str]:
    """Statements that drop the views that read a model, directly or not: some servers drop nothing that a view reads.

    They come after what they read, and are made again when it is their turn.
    """
    read = {model.name}
    found: list[Model] = []
    for other in models:  # each comes after those that it reads
        if other.is_view and other.reads & read:
            read.add(other.name)
            found.append(other)
    return [statement for view in found[::-1] for statement in tsql.drops(view.schema, view.name)]


def _view(model: Model, models: Sequence[Model]) -> str:
    return "\n".join(
        [
            "begin transaction;",
            *_views_over(model, models),
            *tsql.drops(model.schema, model.name),
            "go",
            f"create view {model.full_name} as\n{model.statement}",
            "go",
            "commit;",
            "go",
        ]
    )


def _table(model: Model, models: Sequence[Model]) -> str:
    index = []
    if model.columnstore:
        create = tsql.literal(f"create clustered columnstore index {model.name}_cci on {model.full_name}")
        version = "try_cast(serverproperty('ProductMajorVersion') as int)"
        index.append(f"if {version} >= 13 exec({create}); -- older servers keep a heap")
    elif model.key:
        index.append(f"create unique clustered index {model.name}_key on {model.full_name} ({', '.join(model.key)});")
    swap = [
        "begin transaction;",
        *_views_over(model, models),
        *tsql.drops(model.schema, model.name),
        f"exec sp_rename N'{model.new}', N'{model.name}', N'OBJECT';",
        *([tsql.grants_to_readers(model.name)] if model.schema == "dbo" else []),
        "commit;",
    ]
    return "\n".join(
        [
            f"create view {model.query} as\n{model.statement}",
            "go",
            f"select * into {model.new} from {model.query};",
            f"drop view {model.query};",
            "go",
            *swap,
            "go",
            *([*index, "go"] if index else []),
        ]
    )

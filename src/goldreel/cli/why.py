"""The command that explains numbers."""

from __future__ import annotations

import click

from goldreel.cli.options import EXIT_CODES, cli, common_options
from goldreel.cli.terminal import out
from goldreel.config import load_settings
from goldreel.errors import UsageError


@cli.command(epilog=EXIT_CODES)
@click.argument("kpi", required=False, metavar="[KPI]")
@click.option("--from", "from_build", type=int, metavar="BUILD", help="The build before [the one published before].")
@click.option("--to", "to_build", type=int, metavar="BUILD", help="The build after [the one that is published].")
@click.option("--by", metavar="DIMENSION", help="Parts by country, subscription_type, genre, content_type, title, "
              "device_type or file.")  # fmt: skip
@click.option("--records", "cause", metavar="CAUSE", help="List the records behind a part, as CSV.")
@click.option(
    "--period", "days", type=click.IntRange(1), metavar="DAYS", help="Compare the last days with those before."
)
@click.option("--history", "as_history", is_flag=True, help="The number in every published version, and what moved it.")
@common_options
def why(
    kpi: str | None,
    from_build: int | None,
    to_build: int | None,
    by: str | None,
    cause: str | None,
    days: int | None,
    as_history: bool,
    engine: str | None,
    as_json: bool,
    debug: bool,
) -> int:
    """Explain why numbers changed, to the last record.

    Between two builds, every change of a record has one cause: it is new, late, corrected, released (it had waited for
    its user or title), its user became active or is active no more, it was repaired, withdrawn or forgotten, or a
    setting changed. The parts of the causes sum to the change of the number.

    Of a number that sums records, a cause's part is the sum over its changes. An average, or a number of titles, is
    made by all causes together: there, a cause's part is what it adds on average over every order in which the causes
    might have come (its Shapley value).

    With --period, two periods of what is published are compared: watch_hours and what drove them (viewers, sessions
    per viewer, hours per session), viewing_sessions, and the averages avg_session_minutes and avg_completion_rate,
    split into mix (values weigh more or less than before) and rate (the average within them moved). That something
    moved together with a number does not say that it is the reason.

    \b
    Examples:
      goldreel why                                          all numbers, the last two published builds
      goldreel why total_watch_hours --by country
      goldreel why total_watch_hours --records late > late.csv
      goldreel why watch_hours --period 7 --by title
      goldreel why active_users_100h_plus --history
    """
    from goldreel import report
    from goldreel.engines import open_published
    from goldreel.explanations import builds, published_numbers
    from goldreel.explanations.periods import explain_periods
    from goldreel.why.kpis import KPIS

    if kpi is None and (cause or days or as_history):
        raise UsageError("Say which number is meant.", "goldreel why", "for instance: goldreel why total_watch_hours …")
    with open_published(load_settings(engine)) as published:
        if days is not None:
            change = explain_periods(published, kpi or "", days, by or "country")
            if as_json:
                click.echo(report.period_as_json(change))
            else:
                report.print_period(change, out)
            return 0
        kpis = KPIS if kpi is None else (builds.kpi_named(kpi),)
        if as_history:
            versions = published_numbers.history(published, kpis[0])
            if as_json:
                click.echo(report.history_as_json(kpis[0], versions))
            else:
                report.print_history(kpis[0], versions, out)
        elif cause:
            found = builds.records_behind(published, kpis[0], cause, from_build, to_build)
            report.print_result(found, "csv", out)
        else:
            explanation = builds.explain_builds(published, kpis, from_build, to_build, by)
            if as_json:
                click.echo(report.explanation_as_json(explanation))
            else:
                report.print_explanation(explanation, out)
    return 0

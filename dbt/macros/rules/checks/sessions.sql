{# Checks that look at what sessions say together (see shares.sql). #}

{#
    A day is missing when no session of it has arrived with this load or before, and the days around the gap have some.
    Two things are no sign of a lost day: a service so small that days without a session occur by chance (as often as
    Poisson's law says, for as many sessions as the days around have), and a load of scattered days, of which more than
    a third are empty. Where all days have about the same number of sessions, however few, an empty one is no chance:
    so even are they by chance as often as all of them fall among the few numbers that occur, of which none is more
    frequent than 1 / sqrt(2 pi times the mean), and the empty days besides.
#}
{% macro days_missing_check() -%}
{%- set chance = '%.10f' | format(var('days_missing_chance')) -%}
{%- set number_is_likely -%}
    days_in_turn.numbers_of_sessions / sqrt(2 * 3.14159265 * days_in_turn.mean_sessions)
{%- endset -%}
days_of_loads as (
    select
        load_id,
        watch_date,
        count(*) as sessions
    from {{ ref('judged_viewing_sessions') }}
    where outcome not in ('quarantined', 'withdrawn', 'repaired')
    group by load_id, watch_date
),

first_arrivals as (
    select
        watch_date,
        min(load_id) as first_load
    from days_of_loads
    group by watch_date
),

days_in_turn as (
    select
        load_id,
        watch_date,
        sessions,
        lead(watch_date) over (partition by load_id order by watch_date) as next_date,
        lead(sessions) over (partition by load_id order by watch_date) as next_sessions,
        count(*) over (partition by load_id) as days_with_sessions,
        max(sessions) over (partition by load_id) - min(sessions) over (partition by load_id) + 1 as numbers_of_sessions,
        {{ average('sessions') }} over (partition by load_id) as mean_sessions
    from days_of_loads
),

gaps as (
    select
        days_in_turn.load_id,
        days_in_turn.watch_date,
        days_in_turn.days_with_sessions,
        {{ days_between('days_in_turn.watch_date', 'days_in_turn.next_date') }} - 1 as empty_days,
        {{ as_number('days_in_turn.sessions + days_in_turn.next_sessions') }} / 2 as sessions_around,
        days_in_turn.mean_sessions,
        case
            when {{ number_is_likely }} >= 1 then 1
            else power({{ number_is_likely }}, {{ as_number('days_in_turn.days_with_sessions') }})
        end as chance_of_even_days,
        sum(case when first_arrivals.watch_date is null then 0 else 1 end) as known_days
    from days_in_turn
    left join first_arrivals
        on
            days_in_turn.watch_date < first_arrivals.watch_date
            and days_in_turn.next_date > first_arrivals.watch_date
            and days_in_turn.load_id > first_arrivals.first_load
    where {{ days_between('days_in_turn.watch_date', 'days_in_turn.next_date') }} > 1
    group by
        days_in_turn.load_id, days_in_turn.watch_date, days_in_turn.next_date, days_in_turn.days_with_sessions,
        days_in_turn.sessions, days_in_turn.next_sessions, days_in_turn.numbers_of_sessions, days_in_turn.mean_sessions
),

missing_in_loads as (
    select
        load_id,
        sum(empty_days - known_days) as missing_days,
        {{ add_days('min(watch_date)', 1) }} as first_missing
    from gaps
    where
        known_days < empty_days
        and (
            (
                chance_of_even_days < 0.01
                and chance_of_even_days * exp(-sessions_around * (empty_days - known_days)) < {{ chance }}
            )
            or days_with_sessions * exp(-sessions_around) < {{ chance }}
        )
    group by load_id, days_with_sessions
    having sum(empty_days - known_days) * 2 <= days_with_sessions
),

days_missing as (
    select
        loads.load_id,
        case
            when missing_in_loads.load_id is null then 'none'
            else {{ counted('missing_in_loads.missing_days', 'day') }}
        end as observed,
        'none' as expected,
        case when missing_in_loads.load_id is null then 'ok' else 'suspicious' end as verdict,
        {{ day_text('missing_in_loads.first_missing') }} as example
    from loads
    left join missing_in_loads on loads.load_id = missing_in_loads.load_id
)
{%- endmacro %}


{% macro zombie_plays_check() -%}
zombies as (
    select
        sessions.load_id,
        sessions.source_row,
        concat(
            sessions.session_id, ': ', {{ whole_part('sessions.duration_minutes') }}, ' minutes of ',
            sessions.content_id, ', which lasts ', {{ whole_part('titles.duration_minutes') }}, ' (row ',
            sessions.source_row, ')'
        ) as play,
        row_number() over (
            partition by sessions.load_id order by sessions.duration_minutes desc, sessions.source_row
        ) as place
    from {{ ref('judged_viewing_sessions') }} as sessions
    inner join {{ ref('judged_content') }} as titles
        on
            sessions.content_id = titles.content_id
            and titles.outcome = 'current'
    where
        sessions.outcome not in ('quarantined', 'withdrawn', 'repaired')
        and sessions.duration_minutes >= {{ var('zombie_plays_from_minutes') }}
        and sessions.duration_minutes > {{ var('zombie_plays_times') }} * titles.duration_minutes
),

zombies_in_loads as (
    select
        load_id,
        count(*) as zombies,
        max(case when place = 1 then play end) as example
    from zombies
    group by load_id
),

zombie_plays as (
    select
        loads.load_id,
        concat(
            coalesce(zombies_in_loads.zombies, 0), ' of ', loads.records_delivered, ' sessions (',
            {{ percent_text('zombies_in_loads.zombies', 'loads.records_delivered') }}, ')'
        ) as observed,
        'at most {{ percent_threshold("zombie_plays_suspicious") }} of
        {{- " " ~ var("zombie_plays_from_minutes") }} minutes or more and
        {{- " " ~ ("%g" | format(var("zombie_plays_times"))) }} times the title' as expected,
        case
            when
                {{ ratio('zombies_in_loads.zombies', 'loads.records_delivered') }}
                > {{ var('zombie_plays_suspicious') }}
                then 'suspicious'
            else 'ok'
        end as verdict,
        zombies_in_loads.example
    from loads
    left join zombies_in_loads on loads.load_id = zombies_in_loads.load_id
)
{%- endmacro %}

{% set titles_before = source('kept', 'before_content') %}
{% set titles_after = ref('judged_content') %}
{% set counts = ref('touched_counts') %}
{% set pairs = ref('user_titles') %}
{% set anew = only_judged_anew('content', 'and') %}

{% if builds_what_is_new() %}
with titles_before as (
    select
        content_id,
        genre
    from {{ titles_before }}
    where outcome = 'current'
),

titles_after as (
    select
        content_id,
        genre
    from {{ titles_after }}
    where outcome = 'current'{{ anew }}
),

of_other_genres as (
    select titles_after.content_id
    from titles_after
    inner join titles_before on titles_after.content_id = titles_before.content_id
    where titles_after.genre <> titles_before.genre
)

select user_id
from {{ counts }}
union
select pairs.user_id
from {{ pairs }} as pairs
inner join of_other_genres as titles on pairs.content_id = titles.content_id
{% else %}
{{ no_keys({'user_id': 'key'}) }}
{% endif %}

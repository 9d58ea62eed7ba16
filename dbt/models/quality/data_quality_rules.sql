{% for each in quality_rules() %}
select
    {{ as_text("'" ~ each.entity ~ "'") }} as entity,
    {{ as_text("'" ~ each.rule ~ "'") }} as {{ adapter.quote('rule') }},
    {{ as_text("'" ~ each.outcome ~ "'") }} as outcome,
    {{ as_text("'" ~ each.value ~ "'") }} as judged_column,
    {{ as_text("'" ~ each.meaning ~ "'") }} as meaning,
    {{ loop.index }} as position
{{ 'union all' if not loop.last }}
{% endfor %}

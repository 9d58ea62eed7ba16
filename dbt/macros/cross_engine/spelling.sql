{#
    How text looks. Only for the few values that look like another, or like text that was encoded twice: these
    expressions are long. Characters are named by their code points, so that no statement depends on how a script is
    stored or read.
#}

{# A text of these characters, each a code point. #}
{% macro characters(codes) -%}
    {{ return(adapter.dispatch('characters', 'goldreel')(codes)) }}
{%- endmacro %}

{% macro default__characters(codes) -%}
    concat({% for code in codes %}chr({{ code }}){{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{# Spark's char() stops at 255: the bytes of UTF-8. #}
{% macro spark__characters(codes) -%}
    decode(unhex('{% for code in codes %}{{ ('%c' | format(code)).encode('utf-8').hex() }}{% endfor %}'), 'UTF-8')
{%- endmacro %}

{% macro sqlserver__characters(codes) -%}
    {% for code in codes %}nchar({{ code }}){{ ' + ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# The character itself; Spark reads it in a text as the beginning of an escape. #}
{% macro backslash() -%}
    {{ 'chr(92)' if target.type == 'duckdb' else 'char(92)' }}
{%- endmacro %}

{# Code points from the first to the last. #}
{% macro code_range(first, last) %}
    {{ return(range(first, last + 1) | list) }}
{% endmacro %}


{# Whether a text may hold anything but ASCII: a look at its length, before the long expressions. #}
{% macro is_beyond_ascii(text) -%}
    {{ return(adapter.dispatch('is_beyond_ascii', 'goldreel')(text)) }}
{%- endmacro %}

{% macro default__is_beyond_ascii(text) -%}
    strlen({{ text }}) > length({{ text }})
{%- endmacro %}

{% macro spark__is_beyond_ascii(text) -%}
    bit_length({{ text }}) > 8 * char_length({{ text }})
{%- endmacro %}

{% macro sqlserver__is_beyond_ascii(text) -%}
    {{ text }} like '%[^ -~]%'
{%- endmacro %}


{# Blanks that look like a space, or that take no room. #}
{% macro blank_codes() %}
    {{ return([160, 5760] + code_range(8192, 8202) + [8239, 8287, 12288]) }}
{% endmacro %}

{# Signs that are not seen at all: soft hyphen, zero-width blanks and joiners, marks of direction, byte order mark. #}
{% macro invisible_codes() %}
    {{ return([173, 6158] + code_range(8203, 8207) + code_range(8234, 8238) + code_range(8288, 8292) + [65279]) }}
{% endmacro %}

{# Accents that are signs of their own, and stand over the letter before them. #}
{% macro accent_codes() %}
    {{ return(code_range(768, 783) + [795, 803, 806, 807, 808]) }}
{% endmacro %}

{# Letters with their accents, by the letter without: Latin-1, Latin Extended-A, and the most common of others. #}
{% macro accented_codes() %}
    {{ return({
        'A': code_range(192, 197) + [256, 258, 260], 'C': [199, 262, 264, 266, 268], 'D': [270],
        'E': code_range(200, 203) + [274, 276, 278, 280, 282], 'G': [284, 286, 288, 290], 'H': [292],
        'I': code_range(204, 207) + [296, 298, 300, 302, 304], 'J': [308], 'K': [310], 'L': [313, 315, 317],
        'N': [209, 323, 325, 327], 'O': code_range(210, 214) + [332, 334, 336, 416], 'R': [340, 342, 344],
        'S': [346, 348, 350, 352, 536], 'T': [354, 356, 538],
        'U': code_range(217, 220) + [360, 362, 364, 366, 368, 370, 431], 'W': [372], 'Y': [221, 374, 376],
        'Z': [377, 379, 381],
        'a': code_range(224, 229) + [257, 259, 261], 'c': [231, 263, 265, 267, 269], 'd': [271],
        'e': code_range(232, 235) + [275, 277, 279, 281, 283], 'g': [285, 287, 289, 291], 'h': [293],
        'i': code_range(236, 239) + [297, 299, 301, 303], 'j': [309], 'k': [311], 'l': [314, 316, 318],
        'n': [241, 324, 326, 328], 'o': code_range(242, 246) + [333, 335, 337, 417], 'r': [341, 343, 345],
        's': [347, 349, 351, 353, 537], 't': [355, 357, 539],
        'u': code_range(249, 252) + [361, 363, 365, 367, 369, 371, 432], 'w': [373], 'y': [253, 255, 375],
        'z': [378, 380, 382],
    }) }}
{% endmacro %}


{#
    What is left of a text when unusual blanks are spaces, and invisible signs and accents are gone: texts that cannot be
    told apart by eye are equal in this form. (So are texts that differ in a visible accent.)
#}
{% macro as_seen(text) -%}
    {%- set plain = namespace(codes=[], letters='') -%}
    {%- for letter, codes in accented_codes().items() -%}
        {%- set plain.codes = plain.codes + codes -%}
        {%- set plain.letters = plain.letters ~ letter * (codes | length) -%}
    {%- endfor -%}
    {%- set gone = invisible_codes() + accent_codes() -%}
    trim(replace(
        translate(
            {{ text }},
            {{ as_text(characters(plain.codes + blank_codes() + gone)) }},
            {{ as_text("concat('" ~ plain.letters ~ ' ' * (blank_codes() | length) ~ "', "
                ~ characters([8203] * (gone | length)) ~ ")") }}
        ),
        {{ characters([8203]) }}, ''
    ))
{%- endmacro %}


{# Condition: a text holds a blank, a sign or an accent that the eye does not tell from another writing. #}
{% macro has_hidden_signs(text) -%}
    {{ contains_sequence(text, [(blank_codes() + invisible_codes() + accent_codes()) | sort]) }}
{%- endmacro %}


{# Every hidden sign as a row: the `sign`, and how it is `written` as an escape (a backslash, u, and four digits). #}
{% macro hidden_signs() -%}
    {%- for code in blank_codes() + invisible_codes() + accent_codes() %}
    select
        {{ as_text(characters([code])) }} as sign,
        concat({{ backslash() }}, 'u{{ '%04x' | format(code) }}') as written
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#
    Condition: a text holds a sequence of characters, each one of a set (a list of code points, ascending). DuckDB and
    Spark ask by a regular expression.
#}
{% macro contains_sequence(text, sets) -%}
    {{ return(adapter.dispatch('contains_sequence', 'goldreel')(text, sets)) }}
{%- endmacro %}

{% macro default__contains_sequence(text, sets) -%}
    regexp_matches({{ text }}, concat({{ sets_of_characters(sets) }}))
{%- endmacro %}

{% macro spark__contains_sequence(text, sets) -%}
    {{ text }} rlike concat({{ sets_of_characters(sets) }})
{%- endmacro %}

{#
    Not by a pattern of sets: some servers compare what stands in brackets byte by byte. Each character becomes a marker
    that says in which of the sets it is, and the sequences of markers that fit are looked for. Markers are code points
    that no text holds (U+FDD0 and after are for use inside a program).
#}
{% macro sqlserver__contains_sequence(text, sets) -%}
    {%- set codes = sets | sum(start=[]) | unique | list -%}
    {%- set memberships = [] -%}
    {%- set markers = [] -%}
    {%- for code in codes -%}
        {%- set membership = [] -%}
        {%- for each in sets -%} {%- do membership.append(code in each) -%} {%- endfor -%}
        {%- if membership not in memberships -%} {%- do memberships.append(membership) -%} {%- endif -%}
        {%- do markers.append(64976 + memberships.index(membership)) -%}
    {%- endfor -%}
    {%- set found = namespace(sequences=[[]]) -%}
    {%- for each in sets -%}
        {%- set place = loop.index0 -%}
        {%- set longer = [] -%}
        {%- for sequence in found.sequences -%}
            {%- for membership in memberships if membership[place] -%}
                {%- do longer.append(sequence + [64976 + memberships.index(membership)]) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set found.sequences = longer -%}
    {%- endfor -%}
    {%- set marked = 'translate(' ~ text ~ ', ' ~ as_text(characters(codes)) ~ ', ' ~ as_text(characters(markers)) ~ ')' -%}
    (
        {%- for sequence in found.sequences %}
        {{ 'or ' if not loop.first }}{{ marked }} like '%' + {{ characters(sequence) }} + '%'
        {%- endfor %}
    )
{%- endmacro %}

{# The parts of a pattern that stands for one character of each set; code points that follow each other as a range. #}
{% macro sets_of_characters(sets) -%}
    {%- for codes in sets -%}
        {%- set runs = [] -%}
        {%- for code in codes -%}
            {%- if runs and runs[-1][-1] + 1 == code -%} {%- do runs[-1].append(code) -%}
            {%- else -%} {%- do runs.append([code]) -%}
            {%- endif -%}
        {%- endfor -%}
        '[', {% for run in runs -%}
            {{ characters([run[0]]) }}
            {%- if run | length > 1 %}, '-', {{ characters([run[-1]]) }}{% endif %}, {% endfor -%}
        ']'{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#
    Condition: a text holds what UTF-8 becomes when its bytes are read as Latin-1 or Windows-1252 and encoded again
    ("México" as "MÃ©xico"). Of scripts in which every letter takes two or three bytes, two letters must follow each
    other: a single pair may be what it seems.
#}
{% macro is_encoded_twice(text) -%}
    {%- set windows = [
        338, 339, 352, 353, 376, 381, 382, 402, 710, 732, 8211, 8212, 8216, 8217, 8218, 8220, 8221, 8222, 8224, 8225,
        8226, 8230, 8240, 8249, 8250, 8364, 8482,
    ] -%}
    {%- set next = code_range(128, 191) + windows -%}
    {%- set latin = [194, 195, 196, 197] -%}
    {%- set other_pairs = [206, 207, 208, 209, 215, 216, 217] -%}
    {%- set triples = code_range(224, 239) -%}
    (
        {{ contains_sequence(text, [latin, next]) }}
        or {{ contains_sequence(text, [other_pairs, next, other_pairs, next]) }}
        or {{ contains_sequence(text, [[226], [128, 130, 132, 134, 8218, 8222, 8224, 8364], next]) }}
        or {{ contains_sequence(text, [triples, next, next, triples, next, next]) }}
        or {{ contains_sequence(text, [[240], [159, 376], next, next]) }}
    )
{%- endmacro %}

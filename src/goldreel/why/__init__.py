"""Why a number changed: pure arithmetic over change sets and published gold. Knows no engine."""

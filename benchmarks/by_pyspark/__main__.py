"""The same work as `goldreel run --engine spark`, written for PySpark alone by hand.

    python benchmarks/by_pyspark DELIVERY OUTPUT AS_OF MEMORY THREADS

Like the scripts of by_hand it expects one well-formed file of each kind, and does without a ledger, rejected records,
resuming and tests. What it builds are tables in Parquet under OUTPUT.
"""

from __future__ import annotations

import os
import sys

import audience
import bronze
import gold
import silver
import star
from pyspark.sql import SparkSession


def main(delivery: str, output: str, as_of: str, memory: str, threads: str) -> None:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = (
        SparkSession.builder.master(f"local[{threads}]")
        .config("spark.driver.memory", memory)
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", str(max(8, 4 * int(threads))))
        .config("spark.sql.warehouse.dir", output)
        .config("spark.local.dir", f"{output}/scratch")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")

    def table(name: str, query: str) -> None:
        spark.sql(f"create table {name} using parquet as {query}")

    bronze.load(spark, table, delivery)
    silver.judge(table)
    silver.keep(table)
    gold.of_active_users(table, as_of)
    audience.of_all_users(spark, table)
    gold.summarise(table)
    star.build(spark, table)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])

# One build, four images; `docker build --target NAME .` chooses, goldreel is the default:
#   goldreel   the command line, dbt and the dashboard, on DuckDB and SQL Server
#   airflow    that, and Airflow with the DAGs
#   notebook   that, and JupyterLab
#   spark      the command line on Spark, with Java: the driver and the executors of deploy/kubernetes/overlays/spark
# Each has a stage that installs its locked dependencies and is left behind with all that installing needs.

ARG BASE=python:3.12-slim-bookworm


FROM ${BASE} AS build
COPY deploy/uv.txt /build/
RUN python -m pip install --no-cache-dir --require-hashes --requirement /build/uv.txt
ENV UV_PROJECT_ENVIRONMENT=/opt/goldreel/venv \
    UV_PYTHON_DOWNLOADS=never \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1
WORKDIR /src
COPY pyproject.toml uv.lock deploy/docker/install deploy/docker/trim ./


# The package by itself: a change to the code installs no dependency again.
FROM build AS wheel
COPY README.md LICENSE NOTICE ./
COPY dbt dbt
COPY src src
RUN uv build --wheel --out-dir /wheel


FROM build AS build-goldreel
RUN ./install dependencies sqlserver dashboard
COPY --from=wheel /wheel /wheel
RUN ./install goldreel


# What all images stand on: the libraries that SQL Server's driver loads, a user without rights, a place for state.
FROM ${BASE} AS runtime
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgssapi-krb5-2 libkrb5-3 libltdl7 tini \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
RUN groupadd --gid 10001 goldreel \
    && useradd --uid 10001 --gid goldreel --home-dir /tmp --no-create-home --shell /usr/sbin/nologin goldreel \
    && install --directory --owner=goldreel --group=goldreel /var/lib/goldreel /deliveries
ENV PATH=/opt/goldreel/bin:/opt/goldreel/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LANG=C.UTF-8 \
    HOME=/tmp \
    GOLDREEL_HOME=/var/lib/goldreel \
    GOLDREEL_DELIVERIES=/deliveries \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    DBT_VERSION_CHECK=false \
    DO_NOT_TRACK=1
COPY deploy/docker/bin /opt/goldreel/bin
COPY sql /opt/goldreel/sql
COPY LICENSE NOTICE /opt/goldreel/
WORKDIR /var/lib/goldreel
USER 10001:10001
ENTRYPOINT ["tini", "--"]
ARG VERSION=1.0.0
ARG REVISION=unknown
# Of goldreel itself; an image with the extra sqlserver says more. NOTICE tells of what else is inside.
LABEL org.opencontainers.image.title="goldreel" \
      org.opencontainers.image.description="A warehouse for video-streaming analytics" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"


FROM runtime AS goldreel
COPY --from=build-goldreel /opt/goldreel/venv /opt/goldreel/venv
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["answers", "http://127.0.0.1:8501/_stcore/health"]
CMD ["goldreel", "dashboard", "--address", "0.0.0.0", "--port", "8501"]
LABEL org.opencontainers.image.licenses="Apache-2.0 AND LicenseRef-Microsoft-ODBC-Driver-18"


FROM build AS build-airflow
RUN ./install dependencies sqlserver airflow
COPY --from=wheel /wheel /wheel
RUN ./install goldreel


FROM runtime AS airflow
ENV AIRFLOW_HOME=/var/lib/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/goldreel/dags \
    AIRFLOW_CONFIG=/opt/goldreel/airflow.cfg
USER root
RUN install --directory --owner=goldreel --group=goldreel /var/lib/airflow
USER 10001:10001
COPY --from=build-airflow /opt/goldreel/venv /opt/goldreel/venv
COPY --from=wheel /src/src/goldreel/orchestration/airflow.cfg /opt/goldreel/airflow.cfg
COPY dags /opt/goldreel/dags
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=10s --start-period=120s --retries=4 CMD ["airflow-healthy", "metadatabase"]
CMD ["airflow", "version"]
LABEL org.opencontainers.image.title="goldreel-airflow" \
      org.opencontainers.image.licenses="Apache-2.0 AND LicenseRef-Microsoft-ODBC-Driver-18"


FROM build AS build-notebook
RUN ./install dependencies sqlserver dashboard notebook
COPY --from=wheel /wheel /wheel
RUN ./install goldreel


FROM runtime AS notebook
USER root
RUN install --directory --owner=goldreel --group=goldreel /work
USER 10001:10001
COPY --from=build-notebook /opt/goldreel/venv /opt/goldreel/venv
COPY notebooks /opt/goldreel/notebooks
EXPOSE 8888
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["answers", "http://127.0.0.1:8888/api"]
CMD ["notebook-serve"]
LABEL org.opencontainers.image.title="goldreel-notebook" \
      org.opencontainers.image.licenses="Apache-2.0 AND LicenseRef-Microsoft-ODBC-Driver-18"


FROM build AS build-spark
RUN ./install dependencies spark
COPY --from=wheel /wheel /wheel
RUN ./install goldreel


# Without a connector to an object store: docs/guide/kubernetes.md tells how to add yours.
FROM runtime AS spark
USER root
# Java 17. Its packages link manual pages, whose folder the base has not got.
RUN mkdir -p /usr/share/man/man1 \
    && apt-get update \
    && apt-get install --yes --no-install-recommends default-jre-headless \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
USER 10001:10001
ENV JAVA_HOME=/usr/lib/jvm/default-java \
    GOLDREEL_ENGINE=spark
COPY --from=build-spark /opt/goldreel/venv /opt/goldreel/venv
ENTRYPOINT ["tini", "--", "spark-entry"]
HEALTHCHECK NONE
CMD ["goldreel", "--help"]
LABEL org.opencontainers.image.title="goldreel-spark"


# Without a target: goldreel.
FROM goldreel

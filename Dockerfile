# syntax=docker/dockerfile:1
# Two stages: the packages are made in the first, the second holds nothing that builds.
FROM python:3.11-slim AS made
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /made
RUN python -m venv /opt/pilotlight
COPY requirements.txt ./
RUN /opt/pilotlight/bin/pip install --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY storage ./storage
RUN /opt/pilotlight/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
# A read-only root is enough: state is in the database, and SQLite's file lies in the volume.
ENV PATH=/opt/pilotlight/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 PORT=8000 LOG_FORMAT=json DATABASE_URL=sqlite:////data/pilotlight.db
RUN useradd --system --uid 10001 --create-home --home-dir /data pilotlight
COPY --from=made /opt/pilotlight /opt/pilotlight
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
# Alive is enough here: whether the database answers is /readyz, and no restart of ours mends it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["pilotlight"]
CMD ["run"]

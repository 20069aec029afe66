# The API as a container. Python is the one that the lock file was made with.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    SDGRAPH_HOST=0.0.0.0 \
    SDGRAPH_DATA_DIR=/var/lib/sdgraph

# Volumes mounted below /var/lib/sdgraph for the first time take over the owner that these folders have here.
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin sdgraph \
    && install --directory --owner=sdgraph --group=sdgraph --mode=0700 /var/lib/sdgraph /var/lib/sdgraph/keys /var/lib/sdgraph/files

WORKDIR /srv/sdgraph
COPY requirements.txt ./
RUN pip install -r requirements.txt
COPY policies policies
COPY domain domain
COPY models models
COPY api api

USER sdgraph
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT', 8000)}/health/ready\", timeout=5)"]
CMD ["python", "-m", "api", "serve"]

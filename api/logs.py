"""Structured logs: one JSON object a line, the request's id in each that belongs to one."""

import logging.config
from typing import Any

import structlog


def configure(level: str) -> None:
    """Send every logger's lines through one formatter."""
    logging.config.dictConfig(configuration(level))


def configuration(level: str) -> dict[str, Any]:
    """The configuration for `logging`, for uvicorn's processes too."""
    shared = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "sdgraph": {"level": level.upper()},
            "uvicorn": {"level": "WARNING"},
            "uvicorn.error": {"level": "WARNING"},
        },
    }

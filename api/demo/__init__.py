"""The demo company: what `make run` shows. Made by a seeded generator, so that two runs agree."""

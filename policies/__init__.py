"""The Casbin model and its functions, the catalogue of authorization objects and the standard roles, as data."""

"""The Casbin model and its functions, the catalogue of authorization objects, the standard roles and the rules of qualification
documents, as data.
"""

"""The Python client's types and methods, from the OpenAPI document: ``python -m deploy.contracts.client_code``.

Types come from datamodel-code-generator, as dictionaries that a type checker knows; methods are written here, one
for each operation. `--check` only states whether they are as the document has them, without the generator.
"""

# Prints the SQL of all Django migrations, parents first, without a database:
#   DJANGO_SETTINGS_MODULE=shop.settings python print-django.py
# Django's own sqlmigrate writes each migration; what it would ask the server is answered with "no
# migration was applied". An operation that looks up a constraint's name in the server ends with an
# error: such a project needs record-migrations.sh.
import os
import sys

import django

sys.path.insert(0, os.getcwd())
django.setup()

from django.core.management import call_command
from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

MigrationRecorder.applied_migrations = lambda self: {}
opened = BaseDatabaseSchemaEditor.__init__
# sqlmigrate prints BEGIN and COMMIT; a transaction of its own would need a connection.
BaseDatabaseSchemaEditor.__init__ = lambda self, connection, collect_sql=False, atomic=True: opened(
    self, connection, collect_sql=collect_sql, atomic=False)

# `python print-django.py shop crm` prints these apps only, with what they depend on.
graph = MigrationLoader(connection).graph
wanted = sys.argv[1:]
plan = []
for leaf in sorted(graph.leaf_nodes()):
    if wanted and leaf[0] not in wanted:
        continue
    plan += [node for node in graph.forwards_plan(leaf) if node not in plan]
for app, name in plan:
    print(f"-- {app}/migrations/{name}.py", flush=True)
    call_command("sqlmigrate", app, name)

"""Answers many questions to the installed Ansible in one process: a JSON value a line in, one out.

{"files": {name: text}, "sources": [...], "cwd": folder}   -> what `ansible-inventory --list` prints, or {"error": ...}
{"vars": {...}, "template": ...}                            -> {"value": ...} or {"error": ...}
"""
import json
import os
import sys
import tempfile
import warnings

warnings.simplefilter('ignore')
os.environ.update(ANSIBLE_LOCALHOST_WARNING='false', ANSIBLE_INVENTORY_UNPARSED_WARNING='false')
# No configuration of this machine counts.
empty = tempfile.NamedTemporaryFile(suffix='.cfg')
os.environ['ANSIBLE_CONFIG'] = empty.name
# What Ansible prints on the way must not stand between the answers.
answers = os.fdopen(os.dup(1), 'w')
os.dup2(2, 1)

from ansible import constants as C, context
from ansible.cli.inventory import InventoryCLI
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.display import Display
from ansible.vars.manager import VariableManager
from ansible.parsing.ajson import AnsibleJSONEncoder

problems = []
Display.warning = lambda self, msg, **rest: problems.append(str(msg))
Display.display = lambda self, *rest, **more: None

cli = InventoryCLI(['ansible-inventory', '--list'])
cli.parse()


def listed(question):
    del problems[:]
    os.chdir(question['cwd'])
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=question['sources'])
    cli.loader, cli.inventory = loader, inventory
    cli.vm = VariableManager(loader=loader, inventory=inventory)
    # Each question has its own folder; what was read of another must not be remembered.
    bad = [text for text in problems if 'Failed to parse' in text or 'Unable to parse' in text]
    if bad:
        return {'error': bad}
    return {'list': cli.json_inventory(inventory.groups['all'])}


def templated(question):
    templar = Templar(loader=DataLoader(), variables=question['vars'])
    return {'value': templar.template(question['template'])}


for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = listed(question) if 'sources' in question else templated(question)
    except Exception as error:  # every failure is an answer too
        answer = {'error': str(error)[:300]}
    try:
        text = json.dumps(answer, cls=AnsibleJSONEncoder, preprocess_unsafe=True)
    except Exception as error:
        text = json.dumps({'error': 'no JSON: %s' % error})
    answers.write(text + '\n')
    answers.flush()

#!/usr/bin/python3
"""Compile and run Jdbc.java and Hibernate.java, with README's code blocks in them."""

import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from chapter import block

HERE = os.path.dirname(os.path.abspath(__file__))
JARS = {'Jdbc': ['postgresql'],
        'Hibernate': ['postgresql', 'hibernate3', 'hibernate-commons-annotations', 'geronimo-jpa_2.0_spec', 'geronimo-jta-1.2-spec',
                      'antlr', 'commons-collections3', 'dom4j', 'slf4j-api', 'slf4j-nop', 'javassist']}


def main(name):
    with open(os.path.join(HERE, f'{name}.java'), encoding='utf-8') as file:
        source = re.sub(r'// README: (.*)', lambda found: block(found.group(1)), file.read())
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, f'{name}.java'), 'w', encoding='utf-8') as file:
            file.write(source)
        path = ':'.join([folder] + [f'/usr/share/java/{jar}.jar' for jar in JARS[name]])
        # code for this run alone: no time for an optimizing compiler
        subprocess.run(['javac', '-encoding', 'UTF-8', '-nowarn', '-cp', path, f'{name}.java'], cwd=folder, check=True)
        os.environ['TEST_JDBC_URL'] = f'jdbc:postgresql://127.0.0.1:{os.environ["PGPORT"]}/{os.environ["PGDATABASE"]}'
        os.environ.setdefault('PGUSER', 'postgres')
        return subprocess.run(['java', '-Xshare:auto', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8', f'-Duser.name={os.environ["PGUSER"]}',
                               '--add-opens', 'java.base/java.lang=ALL-UNNAMED', '-cp', path, name], check=False).returncode


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is installed is complete, and of use to programs elsewhere in each language. Prints TAP.

    test-install.py OPTIONS            what "meson install" takes from a build, below a DESTDIR
    test-install.py --dist OPTIONS     the same of what "meson dist" packs, built for a prefix of its own
"""

import argparse
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from xml.etree import ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / 'python'))
import tap


def configuration():
    """What meson says of the build."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--dist', action='store_true')
    parser.add_argument('--source', type=pathlib.Path, required=True)
    parser.add_argument('--build', type=pathlib.Path, required=True)
    parser.add_argument('--features', type=lambda text: ['library', *text.split()], required=True)
    parser.add_argument('--cc', type=str.split, required=True)
    for program in 'python', 'gjs', 'valac':
        parser.add_argument(f'--{program}', help='none by default')
    parser.add_argument('--python-dir', type=pathlib.Path)
    options, sys.argv[1:] = parser.parse_known_args()
    return options


CONFIG = configuration()
MESON = shutil.which('meson')
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix='qemu-glib-install-'))
CORE = '{http://www.gtk.org/introspection/core/1.0}'

# The libraries: name, namespace, where its headers are, and what its pkg-config file requires.
LIBRARIES = [
    ('qemu-glib', 'Qemu', 'qemu-glib', ['gio-2.0', 'json-glib-1.0']),
    ('qemu-glib-libvirt', 'QemuLibvirt', 'qemu-glib/libvirt', ['qemu-glib-1.0']),
]

# What each of them installs beside headers and manual, by the feature that it belongs to.
FILES = {
    'library': ['{lib}/lib{name}-1.0.so', '{lib}/lib{name}-1.0.so.0', '{lib}/lib{name}-1.0.so.0.0.0',
                '{lib}/pkgconfig/{name}-1.0.pc'],
    'introspection': ['{data}/gir-1.0/{namespace}-1.0.gir', '{lib}/girepository-1.0/{namespace}-1.0.typelib',
                      '{python}/gi/overrides/{namespace}.py', '{python}/gi-stubs/repository/{namespace}.pyi'],
    'gjs': ['{data}/gjs-1.0/overrides/{namespace}.js', '{data}/qemu-glib-1.0/typescript/{lower}-1.0.d.ts'],
    'vapi': ['{data}/vala/vapi/{name}-1.0.vapi', '{data}/vala/vapi/{name}-1.0.deps'],
}

# What there is once.
MORE = {
    'library': ['{include}/qemu-glib-1.0/qemu-glib/qemu-enum-types.h',
                '{include}/qemu-glib-1.0/qemu-glib/qemu-glib-version.h'],
    'gjs': ['{data}/qemu-glib-1.0/typescript/qemu-override.d.ts'],
}

# The same program in each language: it needs no QEMU, and says the version of the library and a status.
STATUS = '{"status": "paused", "running": false}'
PROGRAMS = {
    'c': r'''
#include <qemu-glib/qemu-glib.h>

static char *
answer (QemuTestMonitor *monitor, QemuCommand *command, gpointer data, GError **error)
{
  return g_strdup (data);
}

int
main (void)
{
  g_autoptr(QemuMonitor) monitor = qemu_test_monitor_new (answer, (char *) "STATUS", NULL);
  g_autoptr(QemuDomain) vm = qemu_domain_new (monitor, "vm");

  if (!qemu_domain_open (vm, NULL, NULL))
    return 1;
  g_print ("%s %s\n", QEMU_GLIB_VERSION_STRING, qemu_domain_get_status_name (vm));
  return 0;
}
''',
    'vala': r'''
void main () {
    try {
        var vm = new Qemu.Domain (new Qemu.TestMonitor (() => { return "STATUS"; }), "vm");
        vm.open ();
        print ("%s %s\n", Qemu.GLIB_VERSION_STRING, vm.status_name);
    } catch (Error error) {
        printerr ("%s\n", error.message);
    }
}
''',
    'py': r'''
import gi
gi.require_version('Qemu', '1.0')
from gi.repository import Qemu
with Qemu.Domain.new(Qemu.TestMonitor.new(lambda _monitor, _command: "STATUS"), 'vm') as vm:
    print(Qemu.GLIB_VERSION_STRING, vm.run('query-status')['status'])
''',
    'js': r'''
import Qemu from 'gi://Qemu?version=1.0';
const vm = Qemu.Domain.new(Qemu.TestMonitor.new(() => "STATUS"), 'vm');
vm.open();
print(`${Qemu.GLIB_VERSION_STRING} ${vm.run('query-status').status}`);
''',
    'plain.js': r'''
import Qemu from 'gi://Qemu?version=1.0';
const vm = Qemu.Domain.new(Qemu.TestMonitor.new(() => "STATUS"), 'vm');
vm.open(null);
print(`${Qemu.GLIB_VERSION_STRING} ${vm.status_name}`);
''',
}


def run(*command, cwd=None, **variables):
    """What a program prints. It must succeed. Variables are of its environment."""
    result = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, encoding='utf-8', timeout=tap.LIMIT, check=False, cwd=cwd,
                            env={**os.environ, **{name: str(value) for name, value in variables.items()}})
    assert result.returncode == 0, f'{" ".join(map(str, command))}: {result.returncode}\n{result.stdout}'
    return result.stdout


class Installation:
    """What was installed, and where it is."""

    def __init__(self, build, destdir=None):
        options = {each['name']: each['value'] for each in
                   json.loads((build / 'meson-info/intro-buildoptions.json').read_text(encoding='utf-8'))}
        self.version = json.loads((build / 'meson-info/intro-projectinfo.json').read_text(encoding='utf-8'))['version']
        prefix = pathlib.Path(options['prefix'])
        self.root = destdir
        self.prefix = self.below(prefix)
        self.lib, self.data, self.include = (self.below(prefix / options[name])
                                             for name in ('libdir', 'datadir', 'includedir'))
        self.python = self.below(CONFIG.python_dir or prefix / 'python')
        self.environment = {
            'GI_TYPELIB_PATH': self.lib / 'girepository-1.0',
            'LD_LIBRARY_PATH': self.lib,
            'PKG_CONFIG_PATH': self.lib / 'pkgconfig',
            'PYTHONPATH': self.python,
            'XDG_DATA_DIRS': f'{self.data}:{os.environ.get("XDG_DATA_DIRS", "/usr/local/share:/usr/share")}',
        }

    def below(self, path):
        return self.root / pathlib.Path(path).relative_to('/') if self.root else pathlib.Path(path)

    def run(self, *command, **more):
        return run(*command, **more, **self.environment)


@functools.lru_cache(maxsize=None)
def packed():
    """What "meson dist" packs: its folder, unpacked, and the names of its files."""
    run(MESON, 'dist', '-C', CONFIG.build, '--no-tests', '--allow-dirty', '--formats', 'gztar')
    tarball, = (CONFIG.build / 'meson-dist').glob('*.tar.gz')
    run('tar', '-xzf', tarball, '-C', FOLDER)
    with tarfile.open(tarball) as archive:
        names = [member.name.partition('/')[2] for member in archive if not member.isdir()]
    return FOLDER / tarball.name[:-len('.tar.gz')], names


@functools.lru_cache(maxsize=None)
def installation():
    """Made once."""
    if CONFIG.dist:
        source, _names = packed()
        build, prefix = FOLDER / 'build', FOLDER / 'usr'
        CONFIG.python_dir = prefix / 'lib/python3/dist-packages'
        run(MESON, 'setup', build, source, f'--prefix={prefix}', f'-Dpython_overrides_dir={CONFIG.python_dir}',
            '-Dtests=enabled', *(f'-D{name}={"enabled" if name in CONFIG.features else "disabled"}'
                                 for name in ('docs', 'introspection', 'libvirt', 'vapi')))
        run('ninja', '-C', build)
        run(MESON, 'install', '-C', build, '--no-rebuild', '--quiet')
        return Installation(build)

    destdir = FOLDER / 'destdir'
    run(MESON, 'install', '-C', CONFIG.build, '--no-rebuild', '--quiet', '--destdir', destdir)
    there = Installation(CONFIG.build, destdir)
    # A DESTDIR is no place to use anything from. Here it is one: that has to be said to pkg-config only.
    for path in (there.lib / 'pkgconfig').iterdir():
        text = path.read_text(encoding='utf-8')
        path.write_text(text.replace('prefix=', f'prefix={destdir}', 1), encoding='utf-8')
    return there


class Install(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.there = installation()

    def libraries(self):
        return LIBRARIES if 'libvirt' in CONFIG.features else LIBRARIES[:1]

    def need(self, feature, program=True):
        if feature not in CONFIG.features:
            self.skipTest(f'the build has no {feature}')
        if not program:
            self.skipTest('there is no such interpreter here')

    def program(self, language):
        path = FOLDER / f'program.{language}'
        path.write_text(PROGRAMS[language].replace('"STATUS"', json.dumps(STATUS)), encoding='utf-8')
        return path

    def assert_says(self, text):
        self.assertEqual(text, f'{self.there.version} paused\n')

    def test_files(self):
        """what is installed is what is promised, no more and no less"""
        there = self.there

        def named(table, **names):
            return {pathlib.Path(file.format(**names, **vars(there)))
                    for feature in CONFIG.features for file in table.get(feature, [])}

        expected = named(MORE)
        for name, namespace, folder, _requires in self.libraries():
            expected |= named(FILES, name=name, namespace=namespace, lower=namespace.lower())
            expected |= {there.include / f'{name}-1.0' / folder / header.name
                         for header in (CONFIG.source / folder).glob('*.h') if '-private' not in header.name}
        manual = there.data / 'doc'
        found = {path for path in there.prefix.rglob('*') if not path.is_dir() and manual not in path.parents}
        self.assertEqual(sorted(map(str, found)), sorted(map(str, expected)))

    def test_manual(self):
        """the manual has a page for each class"""
        self.need('docs')
        for name, namespace, _folder, _requires in self.libraries():
            gir = ElementTree.parse(self.there.data / 'gir-1.0' / f'{namespace}-1.0.gir')
            pages = {f'class.{each.get("name")}.html' for each in gir.iter(f'{CORE}class')} | {'index.html'}
            self.assertGreater(len(pages), 1)
            self.assertEqual(pages - {page.name for page in (self.there.data / 'doc' / f'{name}-1.0').iterdir()}, set())

    def test_no_traces(self):
        """nothing names the folders in which it was made"""
        folders = [CONFIG.source, CONFIG.build, *([packed()[0], FOLDER / 'build'] if CONFIG.dist else [])]
        for path in self.there.prefix.rglob('*'):
            if path.suffix in ('.deps', '.gir', '.h', '.html', '.pc', '.py', '.pyi', '.js', '.vapi', '.typelib'):
                data = path.read_bytes()
                self.assertEqual([str(folder) for folder in folders if os.fsencode(folder) in data], [], path)

    def test_libraries(self):
        """the libraries have a name for the linker, no search path, and only their own symbols"""
        for name, _namespace, _folder, _requires in self.libraries():
            library = self.there.lib / f'lib{name}-1.0.so'
            dynamic = run('readelf', '-d', '-W', library)
            self.assertIn(f'soname: [lib{name}-1.0.so.0]', dynamic)
            self.assertNotIn('RUNPATH', dynamic)
            self.assertNotIn('RPATH', dynamic)
            symbols = [line.split()[-1] for line in run('nm', '-D', '--defined-only', library).splitlines()]
            self.assertGreater(len(symbols), 5)
            prefix = name.replace('-glib', '').replace('-', '_') + '_'
            self.assertEqual([symbol for symbol in symbols if not symbol.startswith(prefix)], [])

    def test_pkg_config(self):
        """pkg-config knows the version and what else is needed"""
        for name, _namespace, _folder, requires in self.libraries():
            ask = functools.partial(self.there.run, 'pkg-config', f'{name}-1.0')
            self.assertEqual(ask('--modversion').strip(), self.there.version)
            self.assertEqual([line.split()[0] for line in ask('--print-requires').splitlines()], requires)
            self.assertIn(f'-l{name}-1.0', ask('--libs').split())
            self.assertIn(f'-I{self.there.include}/{name}-1.0', ask('--cflags').split())

    def test_c(self):
        """a program in C is compiled with what pkg-config says"""
        flags = self.there.run('pkg-config', '--cflags', '--libs', 'qemu-glib-1.0').split()
        self.there.run(*CONFIG.cc, '-Wall', '-Werror', self.program('c'), '-o', FOLDER / 'program', *flags)
        self.assert_says(self.there.run(FOLDER / 'program'))

    def test_c_libvirt(self):
        """so is one that uses the second library"""
        self.need('libvirt')
        source = FOLDER / 'libvirt.c'
        source.write_text('''
#include <qemu-glib/libvirt/qemu-libvirt.h>

int
main (void)
{
  g_autoptr(QemuMonitor) monitor = qemu_libvirt_monitor_new ("test:///default", "vm");

  g_print ("%s\\n", qemu_libvirt_monitor_get_domain_name (QEMU_LIBVIRT_MONITOR (monitor)));
  return 0;
}
''', encoding='utf-8')
        flags = self.there.run('pkg-config', '--cflags', '--libs', 'qemu-glib-libvirt-1.0').split()
        self.there.run(*CONFIG.cc, '-Wall', '-Werror', source, '-o', FOLDER / 'libvirt', *flags)
        self.assertEqual(self.there.run(FOLDER / 'libvirt'), 'vm\n')

    def test_meson(self):
        """a project of meson has it as a dependency"""
        project = FOLDER / 'project'
        project.mkdir()
        self.program('c').rename(project / 'program.c')
        (project / 'meson.build').write_text("""project('outside', 'c')
executable('program', 'program.c', dependencies: dependency('qemu-glib-1.0', version: '>= 1.0'))
""", encoding='utf-8')
        self.there.run(MESON, 'setup', project / 'build', project)
        self.there.run('ninja', '-C', project / 'build')
        self.assert_says(self.there.run(project / 'build/program'))

    def test_vala(self):
        """valac finds the vapi, and what that needs"""
        self.need('vapi', CONFIG.valac)
        self.there.run(CONFIG.valac, '-X', '-w', '--fatal-warnings', f'--vapidir={self.there.data}/vala/vapi', '--pkg',
                       'qemu-glib-1.0', self.program('vala'), '-o', FOLDER / 'program-vala')
        self.assert_says(self.there.run(FOLDER / 'program-vala'))

    def test_python(self):
        """Python finds it, with the override"""
        self.need('introspection', CONFIG.python)
        self.assert_says(self.there.run(CONFIG.python, '-B', self.program('py')))

    def test_gjs(self):
        """GJS finds it, with the override where there is one"""
        self.need('introspection', CONFIG.gjs)
        language = 'js' if 'gjs' in CONFIG.features else 'plain.js'
        self.assert_says(self.there.run(CONFIG.gjs, '-m', self.program(language)))

    def test_devenv(self):
        """before it is installed, "meson devenv" has it for Python and GJS"""
        self.need('introspection', CONFIG.python)
        devenv = [MESON, 'devenv', '-C', CONFIG.build]
        self.assert_says(run(*devenv, CONFIG.python, '-B', self.program('py')))
        if CONFIG.gjs and 'gjs' in CONFIG.features:
            self.assert_says(run(*devenv, CONFIG.gjs, '-m', self.program('js')))


class Tarball(unittest.TestCase):
    """Only of "meson dist"."""

    def test_complete(self):
        """the tarball has all that git has, and nothing else"""
        _folder, names = packed()
        self.assertEqual(sorted(names), sorted(run('git', 'ls-files', cwd=CONFIG.source).splitlines()))

    def test_unit(self):
        """what was built of it passes the tests that need no QEMU"""
        installation()
        text = run(MESON, 'test', '-C', FOLDER / 'build', '--no-rebuild', '--suite', 'unit')
        self.assertRegex(text, r'Ok: +[1-9]')
        self.assertRegex(text, r'Fail: +0')


def in_git():
    """Whether "meson dist" can ask git what belongs to the sources."""
    try:
        return run('git', 'rev-parse', '--show-cdup', cwd=CONFIG.source) == '\n'
    except (AssertionError, FileNotFoundError):
        return False


def main():
    if not CONFIG.dist:
        del globals()['Tarball']
    elif not in_git():
        print('1..0 # SKIP these sources are not in git')
        return
    else:
        tap.LIMIT = 1200
    tap.main()


if __name__ == '__main__':
    try:
        main()
    finally:
        shutil.rmtree(FOLDER)

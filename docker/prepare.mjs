// Puts together the folder that the image runs: what is built, and the packages that it needs at run time.
//
//     node docker/prepare.mjs OUT
//
// Run in a clone: packages that are not installed are, and what has changed is built first. A folder `prepared/` that
// such a run has left beside docker/ is taken as it is, so that an image can be built where no registry is reached; one
// that is older than the sources is refused.

import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const out = resolve(process.argv[2] ?? 'prepared')

/** Packages that are asked for by others and used by nobody here: a light client, which is GPL, and data of tests. */
const unused =
  /^node_modules\/(.*\/)?(smoldot|@substrate\/(connect[^/]*|light-client-extension-helpers)|@polkadot\/types-support|@polkadot-api\/(sm-provider|substrate-client|json-rpc-provider(-proxy)?))$/

/** Files of packages that no program loads. */
const idle = /\.(d\.[cm]?ts|map|md|markdown|flow|tsbuildinfo)$|\/(LICENSE[^/]*|CHANGELOG[^/]*)$/i

const prepared = join(root, 'prepared')
if (existsSync(prepared) && resolve(prepared) !== out) {
  if (isOlder(join(prepared, 'package.json'))) {
    console.error(
      'prepared/ is older than the sources: run node docker/prepare.mjs prepared again, or remove it',
    )
    process.exit(1)
  }
  cpSync(prepared, out, { recursive: true })
} else {
  if (!existsSync(join(root, 'node_modules')))
    run('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund')
  if (isOlder(join(root, 'dist/cli/main.js'))) run('npm', 'run', 'build')
  assemble()
}

function run(...command) {
  const { status } = spawnSync(command[0], command.slice(1), { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

/** Whether a file is not there, or was made before something that it follows from. */
function isOlder(file) {
  if (!existsSync(file)) return true
  const sources = join(root, 'src')
  const names = existsSync(sources) ? readdirSync(sources, { recursive: true }) : []
  const { mtimeMs } = statSync(file)
  return [...names.map(name => join(sources, name)), join(root, 'package-lock.json')].some(
    path => existsSync(path) && statSync(path).mtimeMs > mtimeMs,
  )
}

function assemble() {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(join(out, 'data/pocketgrid'), { recursive: true })
  for (const part of ['dist', 'fixtures/hardware', 'scenarios', 'LICENSE']) {
    const isIdle = path => part === 'dist' && /\.(d\.c?ts|map)$/.test(path)
    cpSync(join(root, part), join(out, part), { recursive: true, filter: path => !isIdle(path) })
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const description = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  delete description.devDependencies
  delete description.scripts
  writeFileSync(join(out, 'package.json'), JSON.stringify(description, null, 2))
  for (const [path, { dev, devOptional, peer }] of Object.entries(packages)) {
    if (path === '' || dev || devOptional || peer || unused.test(path)) continue
    if (existsSync(join(root, path))) copyPackage(path)
  }
  for (const name of ['entry.mjs', 'health.mjs']) {
    cpSync(join(root, 'docker', name), join(out, 'docker', name))
  }
}

/** Copies the files of one package; packages inside of it are listed by themselves. */
function copyPackage(path) {
  const from = join(root, path)
  const own = readdirSync(from, { recursive: true, withFileTypes: true })
  // A package that ships both kinds of module is loaded as ES module.
  const isDouble = path.includes('node_modules/@polkadot/') && !path.endsWith('-wasm')
  for (const entry of own) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const name = file.slice(from.length + 1)
    if (name.startsWith('node_modules/') || idle.test(`/${name}`)) continue
    if (isDouble && (name.startsWith('cjs/') || name.startsWith('bundle-polkadot'))) continue
    mkdirSync(dirname(join(out, path, name)), { recursive: true })
    cpSync(file, join(out, path, name))
  }
}

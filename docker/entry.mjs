// What the image runs: `pocketgrid up` on all addresses with the options that were given, or another command of its.

const [first = ''] = process.argv.slice(2)
// Kubernetes counts the pods of a set from 0, and can give a process that number alone.
const { POD_INDEX, POD_COUNT } = process.env
if (POD_INDEX && POD_COUNT) process.env.POCKETGRID_SHARD = `${Number(POD_INDEX) + 1}/${POD_COUNT}`

const commands = ['up', 'nodes', 'run', 'peer', 'env', 'exec', 'coverage', 'help']
if (!commands.includes(first)) process.argv.splice(2, 0, 'up', '--host', '0.0.0.0')
await import('../dist/cli/main.js')

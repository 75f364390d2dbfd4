#!/usr/bin/env node
// The command line: reads the words, runs the command, says what went wrong.

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { networkNames } from '../config/networks.ts'
import { asError, GridError } from '../kernel/errors.ts'
import { exitCodes } from './exit-codes.ts'
import { version } from './version.ts'

const program = new Command('pocketgrid')
  .description('The ThreeFold Grid in one process: chain, message bus and fake nodes.')
  .version(version)
  .showHelpAfterError('(pocketgrid --help lists the commands)')
  .exitOverride()
  // What stands after the name of a program to run is the program's.
  .enablePositionalOptions()

program
  .command('up')
  .description('start a grid and keep it running')
  .option('--config <file>', 'a grid file (JSON); the options below win over it')
  .option('--nodes <n>', 'how many nodes', wholeNumber)
  .option('--farms <n>', 'over how many farms they are spread', wholeNumber)
  .option('--seed <text>', 'seed of all that is drawn; the same seed gives the same grid')
  .addOption(
    new Option(
      '--network <name>',
      'prices, billing and names as on this network (default dev)',
    ).choices(networkNames),
  )
  .option('--clock <mode>', 'real, warp:N (N times faster) or virtual')
  .addOption(
    new Option('--blocks <mode>', 'when blocks are made').choices(['instant', '6s', 'manual']),
  )
  .option('--host <host>', 'address to listen on (default 127.0.0.1)')
  .option('--chain-port <port>', 'port of the chain; 0 for any free one (default 9944)', portNumber)
  .option('--port <port>', 'port of everything else; 0 for any free one (default 8080)', portNumber)
  .option(
    '--front-port <port>',
    'port of the TLS front; 0 for any free one, none for no front (default 8443)',
    portOrNone,
  )
  .option('--account <secret...>', 'fund and register this account too (phrase or 0x seed)')
  .option('--strict-relay', 'refuse : and / in relay strings, as the real chain does')
  .addOption(
    new Option(
      '--rpc <surface>',
      'upstream hides methods that the real chain does not have',
    ).choices(['full', 'upstream']),
  )
  .option(
    '--dev-token <token>',
    'serve the dev methods on other than loopback addresses, to who shows it',
  )
  .option('--chain <url>', 'make no chain: let nodes and people live on this one (ws:// or wss://)')
  .option('--funder <secret>', 'who pays for new accounts on --chain (default //Alice)')
  .option(
    '--relay-domain <name...>',
    'names by which twins know this relay; those who name another are reached there',
  )
  .addOption(
    new Option('--federate-over <scheme>', 'how other relays are reached').choices([
      'http',
      'https',
    ]),
  )
  .option('--data-dir <dir>', 'keep the grid in this folder over restarts and crashes')
  .option('--json', 'print one JSON object when everything answers, and nothing else')
  .option('--quiet', 'print nothing but errors')
  .action(async options => {
    const { up } = await import('./up.ts')
    await up(options)
  })

program
  .command('run')
  .description('play scenarios')
  .argument('<files...>', 'scenario files, or patterns in quotes')
  .option('--seed <text>', 'seed of all that is drawn; with --seeds the first one')
  .option('--seeds <n>', 'play each scenario with so many seeds', positiveNumber)
  .option('--only <text>', 'only scenarios whose name or path holds this text')
  .option('--tag <word...>', 'only scenarios with one of these tags', oneMore)
  .option('--shard <i/n>', 'only the i-th of n parts, for several machines', shardOf)
  .option('--parallel <n>', 'play so many at once, in processes of their own', positiveNumber)
  .option('--bail', 'end at the first failure')
  .option('--check-determinism', 'play each twice, and name the first event that differs')
  .option(
    '--reporter <name...>',
    'console, junit, json or html; several may be given (default console)',
    oneReporter,
  )
  .option('--trace', 'write the traces of all scenarios, not of those alone that fail')
  .option('--out <dir>', 'folder for reports, traces and repeat.sh (default: out)')
  .addHelpText(
    'after',
    '\nExit status: 0 all green; 1 a scenario failed or did not load; 2 words, files or ports were wrong.',
  )
  .action(async (files, options) => {
    const { run } = await import('./run.ts')
    process.exitCode = await run(files, options)
  })

program
  .command('peer')
  .description('serve programs that reach the message bus through a Redis (rmb-peer)')
  .requiredOption('--mnemonic <secret>', "phrase or 0x seed of the twin's account")
  .requiredOption('--relay <url...>', 'ws:// or wss:// URL of a relay; up to 4')
  .requiredOption(
    '--substrate <url...>',
    'ws:// or wss:// URL of the chain; several are tried in turn',
  )
  .addOption(
    new Option('--key-type <type>', 'scheme of the account (default sr25519)').choices([
      'sr25519',
      'ed25519',
    ]),
  )
  .option(
    '--redis <url>',
    "URL of a Redis, or 'embedded' to serve one (default redis://localhost:6379)",
  )
  .option(
    '--redis-port <port>',
    'port of the embedded Redis; 0 for any free one (default 6379)',
    portNumber,
  )
  .option('--no-update', "leave the twin's relay and key on the chain as they are")
  .option('--legacy-http <port>', 'serve the old bus over HTTP too; 8051 in its time', portNumber)
  .option('--legacy-address <twin=address...>', 'where a twin of the old bus is')
  .option('--json', 'print one JSON object when the peer works, and nothing else')
  .option('--quiet', 'print nothing but errors')
  .action(async options => {
    const { peer } = await import('./peer.ts')
    await peer(options)
  })

program
  .command('env')
  .description('print the variables with which programs find a running grid')
  .addOption(controlOption())
  .option('--json', 'print them as one JSON object')
  .action(async options => {
    const { env } = await import('./env.ts')
    process.stdout.write(await env(options))
  })

program
  .command('exec')
  .description('run a program that finds a running grid under the names of the real one')
  .argument('<command...>', 'the program and its arguments, after --')
  .passThroughOptions()
  .addOption(controlOption())
  .option(
    '--isolate',
    'in a network of its own, with nothing but the grid: for programs of any kind',
  )
  .action(async (command, options) => {
    const { exec } = await import('./exec.ts')
    process.exitCode = await exec(command, options)
  })

program
  .command('coverage')
  .description('print what of the runtime has its logic, pallet by pallet')
  .action(async () => {
    const { coverage } = await import('./coverage.ts')
    process.stdout.write(coverage())
  })

function controlOption(): Option {
  const url = 'http://127.0.0.1:8080/api'
  return new Option('--control <url>', 'control API of the grid')
    .default(url)
    .env('POCKETGRID_CONTROL')
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError('A whole number is needed.')
  }
  return number
}

function positiveNumber(text: string): number {
  const number = wholeNumber(text)
  if (number < 1) throw new InvalidArgumentError('A number of at least 1 is needed.')
  return number
}

function shardOf(text: string): { index: number; of: number } {
  const [, index = 0, of = 0] = /^(\d{1,6})\/(\d{1,6})$/.exec(text)?.map(Number) ?? []
  if (index >= 1 && index <= of) return { index, of }
  throw new InvalidArgumentError('A shard is i/n, with i from 1 to n.')
}

function oneMore(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text]
}

function portNumber(text: string): number {
  const port = wholeNumber(text)
  if (port > 65_535) throw new InvalidArgumentError('A port is at most 65535.')
  return port
}

function portOrNone(text: string): number | false {
  return text === 'none' ? false : portNumber(text)
}

function oneReporter(text: string, before: string[] | undefined): string[] {
  const names = text.split(',')
  for (const name of names) {
    if (!['console', 'junit', 'json', 'html'].includes(name)) {
      throw new InvalidArgumentError('Reporters are console, junit, json and html.')
    }
  }
  return [...(before ?? []), ...names]
}

try {
  await program.parseAsync()
} catch (cause) {
  const error = asError(cause)
  if (error instanceof CommanderError) {
    // Commander has told what is wrong, or what was asked for.
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.misused
  } else if (error instanceof GridError) {
    process.stderr.write(`${error.code}: ${error.message}\n${error.hint}\n`)
    process.exitCode = exitCodes.misused
  } else {
    process.stderr.write(`${error.stack ?? error.message}\n`)
    process.exitCode = exitCodes.failed
  }
}

#!/usr/bin/env node
// The command line: reads the words, runs the command, says what went wrong.

import { Command, InvalidArgumentError, Option } from 'commander'
import { asError, GridError } from '../kernel/errors.ts'
import { version } from './version.ts'

/** Exit codes: what was asked was done; a scenario failed; the words, the files or the machine were wrong. */
export const exitCodes = { done: 0, failed: 1, misused: 2 } as const

const program = new Command('pocketgrid')
  .description('The ThreeFold Grid in one process: chain, message bus and fake nodes.')
  .version(version)
  .showHelpAfterError('(pocketgrid --help lists the commands)')

program
  .command('up')
  .description('start a grid and keep it running')
  .option('--config <file>', 'a grid file (JSON); the options below win over it')
  .option('--nodes <n>', 'how many nodes', wholeNumber)
  .option('--farms <n>', 'over how many farms they are spread', wholeNumber)
  .option('--seed <text>', 'seed of all that is drawn; the same seed gives the same grid')
  .option('--clock <mode>', 'real, warp:N (N times faster) or virtual')
  .addOption(
    new Option('--blocks <mode>', 'when blocks are made').choices(['instant', '6s', 'manual']),
  )
  .option('--host <host>', 'address to listen on (default 127.0.0.1)')
  .option('--chain-port <port>', 'port of the chain; 0 for any free one (default 9944)', portNumber)
  .option('--port <port>', 'port of everything else; 0 for any free one (default 8080)', portNumber)
  .option('--account <secret...>', 'fund and register this account too (phrase or 0x seed)')
  .option('--strict-relay', 'refuse : and / in relay strings, as the real chain does')
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
  .option('--seed <text>', 'seed of all that is drawn')
  .option(
    '--reporter <name...>',
    'console, junit or json; several may be given (default console)',
    oneReporter,
  )
  .option('--out <dir>', 'folder for what junit and json write (default: out)')
  .action(async (files, options) => {
    const { run } = await import('./run.ts')
    process.exitCode = await run(files, options)
  })

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError('A whole number is needed.')
  }
  return number
}

function portNumber(text: string): number {
  const port = wholeNumber(text)
  if (port > 65_535) throw new InvalidArgumentError('A port is at most 65535.')
  return port
}

function oneReporter(text: string, before: string[] | undefined): string[] {
  const names = text.split(',')
  for (const name of names) {
    if (!['console', 'junit', 'json'].includes(name)) {
      throw new InvalidArgumentError('Reporters are console, junit and json.')
    }
  }
  return [...(before ?? []), ...names]
}

try {
  await program.parseAsync()
} catch (cause) {
  const error = asError(cause)
  if (error instanceof GridError) {
    process.stderr.write(`${error.code}: ${error.message}\n${error.hint}\n`)
    process.exitCode = exitCodes.misused
  } else {
    process.stderr.write(`${error.stack ?? error.message}\n`)
    process.exitCode = exitCodes.failed
  }
}

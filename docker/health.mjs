// Whether the grid in this container answers: status 0 when it does.

const port = process.env.POCKETGRID_PORT ?? '8080'
try {
  const { ok } = await fetch(`http://127.0.0.1:${port}/api/health`, {
    signal: AbortSignal.timeout(2_000),
  })
  process.exitCode = ok ? 0 : 1
} catch {
  process.exitCode = 1
}

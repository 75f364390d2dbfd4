// The page that a browser gets: a query, its variables, and the answer.

/** The console, as one self-contained HTML page. */
export const consolePage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>TFChain GraphQL</title>
<style>
  body { font: 14px/1.4 system-ui, sans-serif; margin: 0; display: grid; height: 100vh;
    grid-template: auto 1fr auto / 1fr 1fr; gap: 8px; padding: 8px; box-sizing: border-box }
  header { grid-column: 1 / 3; display: flex; gap: 12px; align-items: center }
  textarea, pre { font: 13px/1.5 ui-monospace, monospace; margin: 0; padding: 8px;
    border: 1px solid #8886; border-radius: 4px; overflow: auto }
  #variables { height: 6em }
  pre { grid-row: 2 / 4; grid-column: 2 }
</style>
</head>
<body>
<header><strong>TFChain GraphQL</strong> <button id="run">Run (Ctrl+Enter)</button></header>
<textarea id="query" aria-label="Query" spellcheck="false">query {
  nodes(limit: 10, orderBy: nodeID_ASC) { nodeID farmID twinID country }
}</textarea>
<textarea id="variables" aria-label="Variables" placeholder="Variables as JSON"></textarea>
<pre id="answer" aria-live="polite"></pre>
<script>
  const by = id => document.getElementById(id)
  const run = async () => {
    try {
      const variables = by('variables').value.trim()
      const response = await fetch(location.pathname, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query: by('query').value,
          variables: variables ? JSON.parse(variables) : {},
        }),
      })
      by('answer').textContent = JSON.stringify(await response.json(), null, 2)
    } catch (error) {
      by('answer').textContent = String(error)
    }
  }
  by('run').onclick = run
  document.onkeydown = event => { if (event.ctrlKey && event.key === 'Enter') run() }
</script>
</body>
</html>
`

/** The look that our few pages share. They load nothing and run nothing. */
export const PAGE_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

/** @param body HTML that is ours. @returns a whole page. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
body { font: 1.1rem/1.6 Georgia, serif; max-width: 44rem; margin: 10vh auto; padding: 0 1rem; color: #222; background: #fdfcf9 }
h1 { font-weight: normal; border-bottom: 3px double #222 }
a { color: #14456b }
small { color: #777 }
table { border-collapse: collapse; font-size: .95rem }
td, th { text-align: left; padding: .2rem 1rem .2rem 0; border-bottom: 1px solid #ddd; vertical-align: top }
tr:target { background: #fbeeb8 }
</style>
</head>
<body>
${body}
</body>
</html>
`
}

/** `npm run test:node -- 22 24`: all of `npm test` on other versions of Node, from the npm package `node`. */
import { execFileSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { npmPackage, runTests, tryVersions } from './versions.ts'

const VERSIONS = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' }

await tryVersions('Node', VERSIONS, async (version) => {
  const node = join(npmPackage('node', version), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  const said = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  if (said !== `v${version}`) throw new Error(`${node} is ${said}, not v${version}`)
  console.log(`Node ${said}`)
  // for what asks the PATH for Node
  return runTests(node, [], { PATH: `${dirname(node)}${delimiter}${process.env['PATH']}` })
})

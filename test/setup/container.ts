import { PostgreSqlContainer, type StartedPostgreSqlContainer } from '@testcontainers/postgresql'
import { getContainerRuntimeClient } from 'testcontainers'
import type { TestProject } from 'vitest/node'
import { provideTemplate } from './template.ts'

/** How a test knows the server again: addresses in its networks, the port that leads there, the word of its program. */
interface ServerInContainer {
  addresses: string[]
  port: number
  version: string
}

declare module 'vitest' {
  interface ProvidedContext {
    container: ServerInContainer
  }
}

const IMAGE = process.env['TEST_POSTGRES_IMAGE'] || 'postgres:18'

/** A Postgres in a container, without durability. Where none can be had the run fails: it was asked for. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const container = await startContainer()
  try {
    project.provide('container', await signsOf(container))
    return await provideTemplate(project, {
      url: container.getConnectionUri(),
      stop: async () => void (await container.stop()),
    })
  } catch (error) {
    await container.stop()
    throw error
  }
}

async function startContainer(): Promise<StartedPostgreSqlContainer> {
  try {
    await getContainerRuntimeClient()
  } catch (cause) {
    throw new Error(
      'No Docker engine answers, and npm run test:containers needs one: start it, or set DOCKER_HOST to its address. npm test needs none.',
      { cause },
    )
  }
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200']
  try {
    return await new PostgreSqlContainer(IMAGE)
      .withCommand(['postgres', ...settings.flatMap((setting) => ['-c', setting])])
      .start()
  } catch (cause) {
    throw new Error(
      `No Postgres starts from the image ${IMAGE}, which TEST_POSTGRES_IMAGE may set: ${(cause as Error).message}`,
      { cause },
    )
  }
}

async function signsOf(container: StartedPostgreSqlContainer): Promise<ServerInContainer> {
  const { output } = await container.exec(['postgres', '--version'])
  return {
    addresses: container.getNetworkNames().map((network) => container.getIpAddress(network)),
    port: container.getPort(),
    version: output.trim(),
  }
}

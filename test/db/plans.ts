import type postgres from 'postgres'

/** The text with its parameters as values, as a plan for any of them must not need. */
export async function planOf(sql: postgres.Sql, text: string, values: unknown[]): Promise<string> {
  const connection = await sql.reserve()
  try {
    await connection`set plan_cache_mode = force_generic_plan`
    const types = values.map(() => 'unknown')
    await connection.unsafe(`prepare plan (${types.join(', ')}) as ${text}`)
    const literals = values.map((value) => `'${String(value)}'`).join(', ')
    const rows = await connection.unsafe(
      `explain (analyze, costs off, timing off, summary off) execute plan(${literals})`,
    )
    await connection.unsafe('deallocate plan')
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  } finally {
    connection.release()
  }
}

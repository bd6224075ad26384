/** What is left of a budget once somebody has asked for some of it. */
export interface Draw {
  admitted: boolean
  /** Whole points that are left. */
  left: number
  /** Milliseconds until what was asked for would be admitted; 0 where it was. */
  wait: number
  /** Milliseconds until the budget is whole again, if nothing more is asked for. */
  whole: number
}

export interface Buckets {
  /**
   * Takes points from the budget of a name, all of them or none.
   * @param budget points a minute, and at once at most; more than 0.
   * @param points more than the budget are taken for the budget: else there would never be enough.
   */
  take(name: string, budget: number, points: number): Draw
  /** What `take` would answer, and nothing is taken. */
  look(name: string, budget: number, points: number): Draw
}

/** What a name owes: what it has taken, less what has run in since. In point milliseconds, which stay whole numbers. */
interface Debt {
  amount: number
  /** When it was that much. */
  at: number
}

const MINUTE = 60_000

/**
 * Budgets of any number of names, as buckets that leak evenly: at most `budget` points at once, and `budget` a minute
 * after that. No timer, and never more than `size` names: the ones that were seen longest ago are forgotten, which is as
 * if their budget were whole. After a minute it is.
 * @param now a clock in milliseconds that never goes back.
 */
export function createBuckets(size: number, now: () => number = monotonic): Buckets {
  // two generations, so that forgetting costs the same however many there are
  let young = new Map<string, Debt>()
  let old = new Map<string, Debt>()
  let bornAt = now()

  const debtOf = (name: string, time: number, budget: number): number => {
    const { amount, at } = young.get(name) ?? old.get(name) ?? { amount: 0, at: time }
    return Math.max(0, amount - (time - at) * budget)
  }
  const remember = (name: string, debt: Debt): void => {
    // who is in the old one at the end of a minute has not been seen in it
    if (young.size >= size / 2 || debt.at - bornAt >= MINUTE) {
      old = young
      young = new Map()
      bornAt = debt.at
    }
    young.set(name, debt)
  }

  return {
    take: (name, budget, points) => {
      const time = now()
      const { draw, amount } = drawn(debtOf(name, time, budget), budget, points)
      remember(name, { amount, at: time })
      return draw
    },
    look: (name, budget, points) => drawn(debtOf(name, now(), budget), budget, points).draw,
  }
}

/** @returns what becomes of a wish, and what is owed after it. */
function drawn(owed: number, budget: number, points: number): { draw: Draw; amount: number } {
  const wanted = Math.min(points, budget) * MINUTE
  const excess = owed + wanted - budget * MINUTE
  const admitted = excess <= 0
  const amount = admitted ? owed + wanted : owed
  const draw = {
    admitted,
    left: Math.max(0, Math.floor(budget - amount / MINUTE)),
    wait: admitted ? 0 : Math.ceil(excess / budget),
    whole: Math.ceil(amount / budget),
  }
  return { draw, amount }
}

/** Milliseconds of a clock that never goes back. */
export const monotonic = (): number => Math.floor(performance.now())

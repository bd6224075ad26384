import { isIPv4, isIPv6 } from 'node:net'

/**
 * The network of an address, which is all that is ever stored of it: /24 of IPv4, /56 of IPv6 (what one
 * household or office gets). Undefined for what is no address.
 */
export function networkOf(address: string): string | undefined {
  const mapped = unmapped(address)
  if (isIPv4(mapped)) return `${mapped.split('.').slice(0, 3).join('.')}.0/24`
  if (!isIPv6(mapped)) return undefined
  const groups = expand(mapped)
  const fourth = (Number.parseInt(groups[3] as string, 16) & 0xff00).toString(16)
  return `${[...groups.slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16)), fourth].join(':')}::/56`
}

/**
 * What counts as one client: an address of IPv4; of IPv6 a /56, in which a client has all the addresses that it likes.
 * All that have none, such as those whose connection is gone, are one.
 */
export function clientNetwork(address: string): string {
  const mapped = unmapped(address)
  return isIPv4(mapped) ? mapped : (networkOf(mapped) ?? 'unknown')
}

/** IPv4 that came over a socket of IPv6, however that is written, as what it is. */
function unmapped(address: string): string {
  if (!isIPv6(address)) return address
  const groups = expand(address).map((group) => Number.parseInt(group, 16))
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)
  return isMapped ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : address
}

/** The eight groups of an address of IPv6, in hexadecimal. */
function expand(address: string): string[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [head = '', tail] = (hex.split('%')[0] as string).split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail ? tail.split(':') : []
  if (tail === undefined) return left
  return [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
}

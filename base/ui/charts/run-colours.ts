const SLOTS = 12

/** A colour for each run, 1 to 12: by hash of its id, moved to a free one among the runs shown. The thirteenth and later share. */
export function runColours(runIds: readonly string[]): Map<string, number> {
  const taken = new Set<number>()
  const slots = new Map<string, number>()
  for (const id of runIds) {
    let slot = hash(id) % SLOTS
    if (taken.size < SLOTS) while (taken.has(slot)) slot = (slot + 1) % SLOTS
    taken.add(slot)
    slots.set(id, slot + 1)
  }
  return slots
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}

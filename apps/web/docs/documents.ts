/** One document of the product, carried by the page itself: it works where nothing else can be reached. */
export interface DocumentEntry {
  /** Its name in the address. */
  key: string
  title: string
  load: () => Promise<string>
}

const files = import.meta.glob<string>('../../../docs/*.md', { query: '?raw', import: 'default' })

const titles: Readonly<Record<string, string>> = {
  tracking: 'Tracking experiments',
  registry: 'Models and versions',
  'data-versions': 'Data versions',
  sdk: 'TypeScript SDK',
  access: 'Access and signing in',
  permissions: 'Permissions',
  operating: 'Operating',
  storage: 'Storage',
  backup: 'Backup',
  durability: 'Durability',
  architecture: 'Architecture',
  errors: 'Errors',
  glossary: 'Glossary',
}
const order = Object.keys(titles)

const placeOf = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length)

/** All documents, in reading order. */
export const documents: readonly DocumentEntry[] = Object.entries(files)
  .map(([path, load]) => {
    const key = path.replace(/^.*\/|\.md$/g, '')
    const said = key.replaceAll('-', ' ')
    return { key, title: titles[key] ?? said.charAt(0).toUpperCase() + said.slice(1), load }
  })
  .toSorted((a, b) => placeOf(a.key) - placeOf(b.key) || a.title.localeCompare(b.title))

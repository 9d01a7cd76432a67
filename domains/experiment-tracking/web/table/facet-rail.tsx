import type { FacetGroup } from './facets.ts'
import { toggleValue } from './facets.ts'

/** Values with counts under the present query; a click writes into the query, so that the text is always the truth. */
export function FacetRail({
  facets,
  q,
  onQuery,
}: {
  facets: readonly FacetGroup[]
  q: string
  onQuery: (q: string) => void
}) {
  return (
    <aside className="facets not-phone" aria-label="Facets">
      {facets.map((facet) => (
        <fieldset key={facet.field}>
          <legend>{facet.title}</legend>
          {facet.values.map((value) => (
            <label key={value.value} title={value.value}>
              <input
                type="checkbox"
                checked={value.on}
                onChange={() => onQuery(toggleValue(q, facet.field, value.value))}
              />
              <span className="ell">{value.value}</span>
              <span className="num">{value.count}</span>
            </label>
          ))}
        </fieldset>
      ))}
    </aside>
  )
}

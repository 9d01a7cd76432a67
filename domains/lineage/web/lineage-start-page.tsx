import { SearchField } from '@millrace/ui/parts'
import { EntityHead, Page, useGo } from '@millrace/ui/shell'

/** Lineage begins at an entity: paste its id, or come from its page. */
export default function LineageStartPage() {
  const go = useGo()
  return (
    <Page crumbs={[{ name: 'Lineage' }]} kind="lineage-start">
      <EntityHead icon="lineage" title="Lineage" facts="where does this come from, what depends on it" />
      <div className="sec notice">
        <p className="i2">
          Paste the id of a prediction, version, run, dataset version or alert. Every entity’s page also opens its
          graph.
        </p>
        <SearchField
          slash
          mono
          label="Id"
          placeholder="pred_…, ver_…, dsv_…"
          value=""
          onChange={(id) => id !== '' && go.to(`/r/${id}`)}
        />
      </div>
    </Page>
  )
}

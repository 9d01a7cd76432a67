import { KeyValue, PaneHead, Segmented } from '@millrace/ui/parts'
import { useAppearance } from '@millrace/ui/theme'

/** How the pages look in this browser. */
export default function AppearanceSection() {
  const { appearance, change } = useAppearance()
  return (
    <>
      <PaneHead title="Appearance" fact="kept in this browser" />
      <KeyValue
        entries={[
          [
            'Theme',
            <Segmented
              key="theme"
              label="Theme"
              value={appearance.theme}
              onChange={(theme) => change({ theme })}
              choices={[
                ['system', 'As the system'],
                ['light', 'Light'],
                ['dark', 'Dark'],
              ]}
            />,
          ],
          [
            'Density',
            <Segmented
              key="density"
              label="Density"
              value={appearance.density}
              onChange={(density) => change({ density })}
              choices={[
                ['compact', 'Compact'],
                ['comfortable', 'Comfortable'],
              ]}
            />,
          ],
          [
            'Contrast',
            <Segmented
              key="contrast"
              label="Contrast"
              value={appearance.contrast}
              onChange={(contrast) => change({ contrast })}
              choices={[
                ['normal', 'Normal'],
                ['high', 'High'],
              ]}
            />,
          ],
        ]}
      />
    </>
  )
}

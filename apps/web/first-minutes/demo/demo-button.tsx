import { asProblem, useAct, useApi, useLoad, type Api, type Problem } from '@millrace/ui/data'
import { Button, Confirm, Refused, toast } from '@millrace/ui/parts'
import { useGo } from '@millrace/ui/shell'
import { useState } from 'react'
import { demoExperiment, hasDemo, loadDemo, removeDemo, type OnProgress } from './load-demo.ts'

const topics = ['experiment-tracking.experiment']

interface Progress {
  done: number
  of: number
  says: string
}

/** Loads the demo into the workspace, or takes it out again. */
export function DemoButton() {
  const there = useLoad({ key: ['demo'], load: hasDemo, topics }).data
  const work = useDemoWork()
  const [asking, setAsking] = useState(false)
  const go = useGo()
  const load = () =>
    void work.run(loadDemo).then((ok) => {
      if (!ok) return
      toast('The demo is here: eight runs on 150 flowers', () => void work.run(removeDemo))
      go.to(`/experiments/${demoExperiment}`)
    })
  const remove = () => {
    setAsking(false)
    void work.run(removeDemo).then((ok) => ok && toast('The demo is gone'))
  }
  if (work.progress !== null) return <Bar {...work.progress} />
  return (
    <>
      {there === true ? (
        <Button onClick={() => setAsking(true)}>Remove the demo</Button>
      ) : (
        <Button icon="dataset" onClick={load}>
          Load a small demo
        </Button>
      )}
      <Refused problem={work.problem} />
      <Confirm
        opened={asking}
        title="Remove the demo?"
        act="Remove the demo"
        keep="Keep it"
        destructive
        onConfirm={remove}
        onClose={() => setAsking(false)}
      >
        Its runs, its experiment “{demoExperiment}” and its data go for good. Nothing else is touched.
      </Confirm>
    </>
  )
}

function Bar({ done, of, says }: Progress) {
  return (
    <span className="demo-progress">
      <progress max={of} value={done} aria-label="Demo" />
      <span className="t12 i2" role="status">
        {says}
      </span>
    </span>
  )
}

function useDemoWork() {
  const api = useApi()
  const [progress, setProgress] = useState<Progress | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  // The work is many calls; what is shown is asked for again once, at its end.
  const settle = useAct(async () => true)
  const run = async (work: (api: Api, onProgress: OnProgress) => Promise<void>): Promise<boolean> => {
    setProblem(null)
    setProgress({ done: 0, of: 1, says: 'Beginning' })
    try {
      await work(api, (done, of, says) => setProgress({ done, of, says }))
      return true
    } catch (thrown) {
      setProblem(asProblem(thrown))
      return false
    } finally {
      setProgress(null)
      settle.mutate(undefined)
    }
  }
  return { progress, problem, run }
}

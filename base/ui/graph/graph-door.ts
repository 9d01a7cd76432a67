import './graph.css'

export { Graph, type GraphEdge, type GraphNode, type GraphProps } from './graph.tsx'
export { layeredLayout, type GraphLayout, type LayoutEdge, type LayoutSize } from './layered-layout.ts'

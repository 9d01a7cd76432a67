export { Markdown, type MarkdownProps } from './markdown.tsx'
export { parseMarkdown, slugOf, type Block } from './parse-markdown.ts'
export { type Inline } from './parse-inline.ts'

import { useMemo, type ReactNode } from 'react'
import { CodeBox } from '../parts/code-box.tsx'
import { parseMarkdown, type Block } from './parse-markdown.ts'
import type { Inline } from './parse-inline.ts'
import './markdown.css'

export interface MarkdownProps {
  text: string
  /** Draws a link; without it a link opens in a new tab. */
  link?: (to: string, children: ReactNode) => ReactNode
}

/** Markdown as elements, never as HTML: nothing that somebody wrote can run. */
export function Markdown({ text, link = outsideLink }: MarkdownProps) {
  const blocks = useMemo(() => parseMarkdown(text), [text])
  return <div className="markdown">{blocks.map((block, at) => drawBlock(block, at, link))}</div>
}

type DrawLink = NonNullable<MarkdownProps['link']>

function outsideLink(to: string, children: ReactNode): ReactNode {
  return (
    <a className="link in-text" href={to} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  )
}

function drawBlock(block: Block, key: number, link: DrawLink): ReactNode {
  switch (block.kind) {
    case 'heading': {
      const Heading = `h${block.level}` as const
      return (
        <Heading key={key} id={block.id}>
          {drawAll(block.inline, link)}
        </Heading>
      )
    }
    case 'paragraph':
      return <p key={key}>{drawAll(block.inline, link)}</p>
    case 'code':
      return <CodeBox key={key} code={block.text} />
    case 'list':
      return drawList(block, key, link)
    case 'quote':
      return <blockquote key={key}>{block.blocks.map((each, at) => drawBlock(each, at, link))}</blockquote>
    case 'table':
      return drawTable(block, key, link)
    case 'rule':
      return <hr key={key} />
    default:
      return null
  }
}

function drawList(block: Block & { kind: 'list' }, key: number, link: DrawLink): ReactNode {
  const List = block.ordered ? 'ol' : 'ul'
  return (
    <List key={key}>
      {block.items.map((item, at) => (
        <li key={at}>
          {item.map((each, inner) =>
            each.kind === 'paragraph' && inner === 0 ? drawAll(each.inline, link) : drawBlock(each, inner, link),
          )}
        </li>
      ))}
    </List>
  )
}

function drawTable(block: Block & { kind: 'table' }, key: number, link: DrawLink): ReactNode {
  return (
    <div className="scroll-x" key={key} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {block.head.map((cell, at) => (
              <th key={at}>{drawAll(cell, link)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {block.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>{drawAll(cell, link)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function drawAll(pieces: readonly Inline[], link: DrawLink): ReactNode {
  return pieces.map((piece, at) => <Piece key={at} piece={piece} link={link} />)
}

function Piece({ piece, link }: { piece: Inline; link: DrawLink }): ReactNode {
  switch (piece.kind) {
    case 'text':
      return piece.text
    case 'code':
      return <code>{piece.text}</code>
    case 'strong':
      return <strong>{drawAll(piece.inline, link)}</strong>
    case 'em':
      return <em>{drawAll(piece.inline, link)}</em>
    case 'strike':
      return <s>{drawAll(piece.inline, link)}</s>
    case 'link':
      return link(piece.to, drawAll(piece.inline, link))
    default:
      return null
  }
}

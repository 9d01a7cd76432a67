import type { Command } from '@millrace/terminal'
import { command, exitCodes } from '@millrace/terminal'
import { readSecret } from './read-secret.ts'

interface User {
  id: string
  name: string
  roles: string[]
}

/** `millrace users …` */
export const userCommands: readonly Command[] = [
  command({
    path: ['users', 'list'],
    summary: 'Lists people and their roles',
    examples: ['millrace users list'],
    run: async ({ api, show }) => {
      const { items } = await api.get<{ items: User[] }>('/users')
      show(items, items, [
        { title: 'Name', value: (row) => row.name },
        { title: 'Roles', value: (row) => row.roles.join(', ') },
        { title: 'Id', value: (row) => row.id },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['users', 'create'],
    summary: 'Makes an account with a password, read from standard input',
    usage: 'NAME --role ROLE',
    minimumArgs: 1,
    options: [
      { name: 'role', describe: 'A role; may be repeated', kind: 'list', value: 'ROLE' },
      { name: 'administrator', describe: 'Let it administer the whole server', kind: 'flag' },
      { name: 'service', describe: 'Make it a program’s account, without a password', kind: 'flag' },
    ],
    examples: [
      'millrace users create maya --role editor < password.txt',
      'pass show millrace | millrace users create jonas --administrator',
      'millrace users create ci --service --role editor',
    ],
    run: async ({ api, args, list, flag, print }) => {
      const service = flag('service')
      const password = service ? undefined : await readSecret()
      const name = args[0] ?? ''
      const roles = list('role').length === 0 ? ['viewer'] : list('role')
      const user = await api.post<User>('/users', { name, roles, kind: service ? 'service' : 'user' })
      if (password !== undefined) await api.put(`/users/${encodeURIComponent(name)}/password`, { password })
      if (flag('administrator')) await api.put(`/users/${user.id}/administrator`, { administrator: true })
      print(user, `Made ${user.name} (${user.roles.join(', ')}).`)
      return exitCodes.ok
    },
  }),
  command({
    path: ['users', 'password'],
    summary: 'Sets the password of an account, read from standard input; its sessions end',
    usage: 'NAME',
    minimumArgs: 1,
    examples: ['millrace users password maya < password.txt'],
    run: async ({ api, args, print }) => {
      await api.put(`/users/${encodeURIComponent(args[0] ?? '')}/password`, { password: await readSecret() })
      print({}, 'Set.')
      return exitCodes.ok
    },
  }),
  command({
    path: ['users', 'disable'],
    summary: 'Disables an account and revokes its tokens; --forget frees its name',
    usage: 'ID',
    minimumArgs: 1,
    options: [{ name: 'forget', describe: 'Take its grants, groups and password, too', kind: 'flag' }],
    examples: ['millrace users disable usr_…', 'millrace users disable usr_… --forget'],
    run: async ({ api, args, flag, print }) => {
      await api.delete(`/users/${encodeURIComponent(args[0] ?? '')}?forget=${flag('forget')}`)
      print({}, flag('forget') ? 'Forgotten.' : 'Disabled.')
      return exitCodes.ok
    },
  }),
  command({
    path: ['users', 'limits'],
    summary: 'Says how much an account may ask for; what is left out is the server’s own setting',
    usage: 'NAME',
    minimumArgs: 1,
    options: [
      { name: 'rate', describe: 'Requests per second', value: 'N' },
      { name: 'burst', describe: 'Requests at once after a rest', value: 'N' },
      { name: 'body-mb', describe: 'Largest body, in MiB', value: 'N' },
    ],
    examples: ['millrace users limits ci --rate 50 --burst 100', 'millrace users limits ci'],
    run: async ({ api, args, text, print }) => {
      const number = (name: string) => (text(name) === undefined ? null : Number(text(name)))
      const bodyMb = number('body-mb')
      const limits = await api.put(`/users/${encodeURIComponent(args[0] ?? '')}/limits`, {
        requestsPerSecond: number('rate'),
        burst: number('burst'),
        bodyBytes: bodyMb === null ? null : bodyMb * 1024 * 1024,
      })
      print(limits, JSON.stringify(limits))
      return exitCodes.ok
    },
  }),
  command({
    path: ['users', 'add'],
    summary: 'Adds a person with roles: viewer, editor, approver, admin',
    usage: 'NAME --role ROLE',
    minimumArgs: 1,
    options: [{ name: 'role', describe: 'A role; may be repeated', kind: 'list', value: 'ROLE' }],
    examples: ['millrace users add maya --role editor', 'millrace users add jonas --role approver --role viewer'],
    run: async ({ api, args, list, print }) => {
      const user = await api.post<User>('/users', { name: args[0], roles: list('role') })
      print(user, `Added ${user.name} (${user.roles.join(', ')}).`)
      return exitCodes.ok
    },
  }),
]

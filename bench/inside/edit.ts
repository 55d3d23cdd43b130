/** Edits of one file by the engine (splice, parse again, compare), and by the `yaml` package (parse, print): each on a text of its own. */
import { parseDocument } from 'yaml';
import { applyEdits } from '../../src/engine/edit/index.ts';
import { loadProject } from '../../src/engine/load/load.ts';

type Edit = Parameters<typeof applyEdits>[1][number];

/** A template of security groups with comments, quotes and short tags: about `lines` lines. */
function template(lines: number, salt: string): string {
  const text = [`# ${salt}`, 'AWSTemplateFormatVersion: "2010-09-09"', 'Resources:'];
  for (let number = 1; text.length < lines; number++) {
    text.push(
      `  # group ${number}`,
      `  Group${number}:`,
      '    Type: AWS::EC2::SecurityGroup',
      '    Properties:',
      `      GroupDescription: "what group ${number} may reach"`,
      '      VpcId: !Ref Vpc',
      '      SecurityGroupIngress:',
      "        - { IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: '10.0.0.0/8' } # inside",
      '        - IpProtocol: tcp',
      '          FromPort: 8080',
      '          ToPort: 8080',
      '          SourceSecurityGroupId: !GetAtt Group1.GroupId',
      '      Tags:',
      '        - Key: Name',
      '          Value: !Sub "${AWS::StackName}-group"',
      '',
    );
  }
  return text.join('\n');
}

function timed(task: () => unknown): number {
  const started = performance.now();
  task();
  return performance.now() - started;
}

const EDITS: { readonly [what: string]: Edit } = {
  'set a value': { kind: 'set', target: { address: '03-net/Group5', path: '/SecurityGroupIngress/1/ToPort' }, value: 8090 },
  'append a rule': {
    kind: 'append',
    target: { address: '03-net/Group5', path: '/SecurityGroupIngress' },
    value: { IpProtocol: 'tcp', FromPort: 8443, ToPort: 8443, CidrIp: '10.0.0.0/8' },
  },
};

/** Milliseconds of each round. */
export function run({ what, lines, rounds }: { readonly what: string; readonly lines: number; readonly rounds: number }) {
  const edit = EDITS[what];
  if (edit === undefined) throw new Error(`no edit ${what}; there is ${Object.keys(EDITS).join(', ')}`);
  const times: { readonly ours: number[]; readonly theirs: number[] } = { ours: [], theirs: [] };
  for (let round = -3; round < rounds; round += 1) {
    const text = template(lines, `${round} ${edit.kind}`);
    const { project } = loadProject('bench', [{ path: 'phases/03-net.yaml', text }], {});
    const ours = timed(() => {
      if (applyEdits(project, [edit]).kind !== 'edited') throw new Error('refused');
    });
    const theirs = timed(() => parseDocument(text).toString({ lineWidth: 0 }));
    if (round < 0) continue;
    times.ours.push(ours);
    times.theirs.push(theirs);
  }
  return times;
}

/** The demo's staged colleague: opens port 22 to the world past all files, as people do. Labelled *simulated* wherever it is seen. */

/** The name in the change log, and how a face knows that a finding is staged. */
export const COLLEAGUE = 'simulated-colleague';

const RULE = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '0.0.0.0/0', Description: 'temporary access' };

/** One update of a security group straight at the sandbox's Cloud Control endpoint, signed with nobody's key. */
export async function openSsh(url: string, securityGroupId: string): Promise<void> {
  const body = {
    TypeName: 'AWS::EC2::SecurityGroup',
    Identifier: securityGroupId,
    PatchDocument: JSON.stringify([{ op: 'add', path: '/SecurityGroupIngress/-', value: RULE }]),
  };
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'CloudApiService.UpdateResource',
    authorization: `AWS4-HMAC-SHA256 Credential=${COLLEAGUE}/20300101/us-east-1/cloudcontrolapi/aws4_request, SignedHeaders=host, Signature=0`,
  };
  await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(5_000) });
}

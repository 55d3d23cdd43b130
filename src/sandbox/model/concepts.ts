/** What people call things: words for resource types, and words that mean each other. General vocabulary of AWS, of no repository. */
import { same, singular, wordsOf } from './tokenise.ts';

/** Words or phrases -> type name patterns. Longer phrases first: `security group` is not a `group`. */
const NOUNS: readonly (readonly [string, RegExp])[] = [
  ['security group|sg|grupo de seguranca|firewall', /^AWS::EC2::SecurityGroup$/],
  ['auto scaling group|autoscaling group|web server|server group|asg|instances group', /AutoScalingGroup$/],
  ['load balancer|alb|nlb|elb|balanceador', /LoadBalancer$/],
  ['target group|health check|healthcheck|grupo de destino|verificacao de saude', /TargetGroup$/],
  ['listener rule|regra do listener', /ListenerRule$/],
  ['listener', /::Listener$/],
  ['log group|log|grupo de log', /^AWS::Logs::LogGroup$/],
  ['flow log', /FlowLog$/],
  ['route table|tabela de rota', /RouteTable$/],
  ['nat gateway', /NatGateway$/],
  ['internet gateway', /InternetGateway$/],
  ['vpc endpoint|gateway endpoint|endpoint', /VPCEndpoint$/],
  ['elastic ip|elastic ips|eip|ip elastico', /^AWS::EC2::EIP$/],
  ['mount target', /MountTarget$/],
  ['file system|filesystem|efs|sistema de arquivo', /FileSystem$/],
  ['access point', /AccessPoint$/],
  ['task definition|task memory|container|conteiner|definicao de tarefa', /TaskDefinition$/],
  ['ecs service|service|servico|task|tarefa|copy|replica of the service', /^AWS::ECS::Service$/],
  ['cluster', /Cluster$/],
  ['app runner|apprunner', /^AWS::AppRunner::Service$/],
  ['lambda|function|funcao', /^AWS::(Lambda|Serverless)::Function$/],
  ['queue|fila|dlq|sqs', /^AWS::SQS::Queue$/],
  ['topic|topico|sns', /^AWS::SNS::Topic$/],
  ['bucket|balde', /^AWS::S3::Bucket$/],
  ['table|tabela|dynamodb|dynamo', /^AWS::DynamoDB::(Global)?Table$/],
  ['database|banco|banco de dados|db|rds|postgres|mysql|aurora', /^AWS::RDS::DB(Instance|Cluster)$/],
  ['redis|cache|elasticache|replication group|shard|snapshot', /^AWS::ElastiCache::(ReplicationGroup|CacheCluster|ServerlessCache)$/],
  ['alarm|alarme|alert', /^AWS::CloudWatch::Alarm$/],
  ['subnet|sub rede|subrede', /^AWS::EC2::Subnet$/],
  ['vpc', /^AWS::EC2::VPC$/],
  ['volume|ebs|disk|disco', /^AWS::EC2::Volume$/],
  ['instance|instancia|ec2|server|servidor|maquina', /^AWS::EC2::Instance$/],
  ['role|papel', /^AWS::IAM::Role$/],
  ['policy|politica', /Policy$/],
  ['key|chave|kms', /^AWS::KMS::Key$/],
  ['repository|ecr|repositorio', /^AWS::ECR::Repository$/],
  ['secret|segredo', /^AWS::SecretsManager::Secret$/],
  ['distribution|cloudfront|cdn', /^AWS::CloudFront::Distribution$/],
  ['api|rest api', /^AWS::ApiGateway(V2)?::(RestApi|Api|Method)$/],
  ['scaling target|scalable target|autoscaling', /ScalableTarget$/],
  ['scaling policy', /ScalingPolicy$/],
  ['launch template|template', /LaunchTemplate$/],
  ['state machine|step function|workflow|express workflow', /StateMachine$/],
  ['stream|kinesis', /^AWS::Kinesis::Stream$/],
  ['user pool|cognito', /UserPool$/],
  ['hosted zone|dns zone', /HostedZone$/],
  ['record|dns record|registro dns', /RecordSet$/],
  ['dashboard|painel', /Dashboard$/],
  ['subscription|assinatura', /^AWS::SNS::Subscription$/],
  ['domain|opensearch|elasticsearch', /^AWS::(OpenSearchService|Elasticsearch)::Domain$/],
  ['replica|read replica', /^AWS::RDS::DBInstance$/],
  ['trail|cloudtrail', /Trail$/],
  ['detector|guardduty', /Detector$/],
  ['web acl|waf', /WebACL$/],
  ['network acl|nacl', /NetworkAcl$/],
  ['backup plan', /BackupPlan$/],
  ['backup vault|vault', /BackupVault$/],
  ['broker', /Broker$/],
  ['rule|regra', /^AWS::(Events::Rule|Config::ConfigRule|IoT::TopicRule)$/],
  ['build project|build|codebuild', /^AWS::CodeBuild::Project$/],
  ['pipeline', /^AWS::CodePipeline::Pipeline$/],
  ['parameter|parametro', /^AWS::SSM::Parameter$/],
  ['certificate|certificado', /Certificate$/],
  ['budget|orcamento', /^AWS::Budgets::Budget$/],
  ['config rule|regra do config', /ConfigRule$/],
  ['event source mapping|event source|source mapping', /EventSourceMapping$/],
  ['iam user|user|usuario', /^AWS::IAM::User$/],
  ['permission|permissao', /^AWS::Lambda::Permission$/],
  ['user group|iam group|grupo de usuario', /^AWS::IAM::Group$/],
  ['instance profile|perfil de instancia', /InstanceProfile$/],
  ['subnet group|grupo de subrede', /SubnetGroup$/],
  ['parameter group|grupo de parametro', /ParameterGroup$/],
  ['event bus|barramento de evento', /EventBus$/],
  ['delivery stream|firehose', /DeliveryStream$/],
  ['bucket policy|politica do bucket', /^AWS::S3::BucketPolicy$/],
  ['topic policy', /^AWS::SNS::TopicPolicy$/],
  ['queue policy', /^AWS::SQS::QueuePolicy$/],
  ['schedule|agendamento', /^AWS::(Scheduler::Schedule|Events::Rule)$/],
  ['layer|camada', /LayerVersion$/],
  ['work group|workgroup', /WorkGroup$/],
  ['compute environment', /ComputeEnvironment$/],
  ['job definition', /JobDefinition$/],
  ['job queue', /JobQueue$/],
  ['crawler', /Crawler$/],
  ['alias', /Alias$/],
];

/** Words that mean each other when a resource is chosen by words. */
const SAME_MEANING: readonly (readonly string[])[] = [
  ['alb', 'elb', 'lb', 'loadbalancer', 'balancer', 'balanceador'],
  ['database', 'db', 'banco', 'rds'],
  ['postgres', 'postgresql', 'aurora'],
  ['app', 'application', 'aplicacao', 'aplicativo'],
  ['cache', 'redis', 'elasticache'],
  ['task', 'tarefa'],
  ['function', 'lambda', 'funcao'],
  ['log', 'logs', 'registro'],
  ['public', 'publica', 'publico'],
  ['private', 'privada', 'privado'],
  ['order', 'pedido'],
  ['dlq', 'deadletter', 'dead'],
  ['lock', 'locks', 'trava'],
  ['critical', 'critico', 'critica'],
  ['low', 'baixo', 'baixa'],
  ['high', 'alto', 'alta'],
  ['first', 'one', 'primeiro', 'primeira', '1', '0', 'a'],
  ['second', 'two', 'segundo', 'segunda', '2', 'b'],
  ['third', 'three', 'terceiro', 'terceira', '3', 'c'],
  ['bastion', 'jump'],
  ['endpoint', 'endpoints', 'vpce'],
  ['user', 'usuario'],
  ['server', 'servidor', 'servidore'],
  ['entrance', 'entry', 'entrada'],
  ['exit', 'saida'],
  ['report', 'relatorio'],
  ['payment', 'pagamento'],
  ['customer', 'client', 'cliente'],
  ['invoice', 'fatura'],
  ['alert', 'alerta'],
  ['image', 'imagem', 'imagen'],
  ['photo', 'foto'],
  ['file', 'arquivo'],
  ['event', 'evento'],
  ['message', 'mensagem', 'mensagen'],
  ['failed', 'failure', 'fail', 'falha', 'falho'],
  ['error', 'erro'],
  ['secret', 'segredo'],
  ['password', 'senha'],
  ['night', 'nightly', 'noturno', 'noturna', 'noite'],
  ['daily', 'day', 'diario', 'diaria'],
  ['main', 'principal', 'primary', 'primario', 'primaria'],
  ['internal', 'interno', 'interna'],
  ['external', 'externo', 'externa'],
  ['test', 'teste'],
  ['production', 'prod', 'producao'],
  ['development', 'dev', 'desenvolvimento'],
  ['data', 'dado'],
  ['shop', 'store', 'loja'],
  ['cart', 'carrinho'],
  ['search', 'busca', 'pesquisa'],
  ['mail', 'email'],
  ['network', 'rede'],
  ['budget', 'orcamento'],
  ['full', 'total'],
  ['access', 'acesso'],
  ['audit', 'auditoria'],
  ['busy', 'ocupado', 'ocupada'],
  ['quiet', 'idle', 'ocioso', 'ociosa'],
  ['volume', 'disk', 'disco'],
  ['key', 'chave'],
  ['archive', 'arquivamento'],
  ['web', 'website', 'site'],
  ['fleet', 'frota'],
  ['session', 'sessao'],
  ['conversation', 'conversa'],
  ['history', 'historico'],
  ['project', 'projeto'],
  ['health', 'saude'],
  ['cost', 'custo'],
  ['security', 'seguranca'],
  ['worker', 'trabalhador'],
  ['writer', 'escritor', 'escritora'],
  ['reader', 'leitor', 'leitora'],
  ['upload', 'envio'],
  ['product', 'produto'],
  ['price', 'preco'],
  ['inventory', 'estoque', 'inventario'],
  ['cleanup', 'clean', 'limpeza'],
  ['warehouse', 'armazem'],
  ['ticket', 'chamado'],
  ['notification', 'notificacao', 'aviso'],
  ['backup', 'copia'],
  ['schedule', 'agenda', 'agendamento'],
  ['throttle', 'throttled', 'throttling'],
  ['old', 'antigo', 'antiga'],
  ['new', 'novo', 'nova'],
  ['shipment', 'shipping', 'entrega', 'remessa'],
  ['contract', 'contrato'],
  ['document', 'documento'],
  ['student', 'aluno', 'aluna'],
  ['employee', 'funcionario'],
  ['vehicle', 'veiculo'],
  ['station', 'estacao'],
  ['device', 'dispositivo'],
];

export interface Noun {
  readonly type: RegExp;
  /** Index of its first and one past its last word in the sentence. */
  readonly from: number;
  readonly to: number;
}

const COMPILED = NOUNS.flatMap(([names, type]) => names.split('|').map((name) => ({ words: name.split(' '), type }))).sort(
  (a, b) => b.words.length - a.words.length,
);

/** Words of kinds and of what means the same. */
export const NOUN_WORDS: readonly string[] = [...NOUNS.flatMap(([names]) => wordsOf(names)), ...SAME_MEANING.flat()];

/** The types a sentence names, longest phrases first, each word used once. */
export function nounsIn(words: readonly string[]): Noun[] {
  const taken = new Set<number>();
  const found: Noun[] = [];
  for (const { words: phrase, type } of COMPILED) {
    for (let from = 0; from + phrase.length <= words.length; from += 1) {
      const span = phrase.map((_word, offset) => from + offset);
      if (span.some((index) => taken.has(index)) || !phrase.every((word, offset) => same(words[from + offset] ?? '', word))) continue;
      for (const index of span) taken.add(index);
      found.push({ type, from, to: from + phrase.length });
    }
  }
  return found.sort((a, b) => a.from - b.from);
}

const known = new Map<string, readonly string[]>();

/** The word and everything that means the same. */
export function meanings(word: string): readonly string[] {
  const before = known.get(word);
  if (before !== undefined) return before;
  if (known.size > 20_000) known.clear();
  const found = meaningsOf(word);
  known.set(word, found);
  return found;
}

function meaningsOf(word: string): readonly string[] {
  return SAME_MEANING.find((group) => group.some((member) => same(member, word))) ?? [word];
}

/** True when two words mean the same thing here. */
export function related(a: string, b: string): boolean {
  return (
    same(a, b) ||
    meanings(a).includes(singular(b)) ||
    meanings(b).includes(singular(a)) ||
    meanings(a).includes(b) ||
    meanings(b).includes(a)
  );
}

/** Words of a sentence that choose nothing: articles, prepositions, verbs of changing, politeness. */
const FILLER = new Set(
  wordsOf(
    'the a an to of and or for from in on at by with without into onto via please add remove open close set change make give show list all every each any our my your this that these ' +
      'it its is are be was should could would can will want need lets let us me i we you there here now just only also too again than then not no dont do does did ' +
      'numero number quantidade amount valor value left older longer falls drops goes reaches exceeds restrict limit narrow restrinja restringe restringir increase decrease raise lower bump reduce double halve cut half enable disable turn off allow permit expose block revoke drop delete keep up down new more less as ' +
      'automatically automaticamente deve devem should must antes before quando when avise avisa notify warn chegar reach sempre always directly por favor ' +
      'both existing current currently update version versao send fire scale escale escala run capture serve every get rid put use using have has new port ports porta portas tcp udp inbound ingress outbound egress rule rules regra regras access traffic ' +
      'o os as um uma e ou no na nos nas do da dos das de para pra pro por com sem em ao aos que se eu nao so apenas tambem favor quero preciso ' +
      'adicione adiciona adicionar inclua inclui remova remove remover tire tira apague exclua delete abra abre abrir feche fecha fechar libere libera permita ' +
      'mude muda mudar troque troca altere altera aumente aumenta aumentar reduza diminua diminui dobre dobra coloque coloca bote ponha deixe deixa ative ativa desative desativa crie cria criar ' +
      'todos todas todo toda novo nova grupo seguranca group security sg recurso recursos resource resources security',
  ),
);

/** General verbs, adverbs and measures: they may say how a person sees it, never which resource or property is meant. */
const TALK = new Set(
  wordsOf(
    'automatic automatically automatico automatica automaticamente after before during until while once always never ever often already still even instead anyway really maybe actually simply too very much so long enough ' +
      'mark hand give get gets got take takes taking wait waits begin start starts end ends happen happens let lets think look looks see seen come comes go goes going went work works ' +
      'keep keeps hold holds stay stays leave leaves put puts bring move say says said tell call called ask want wants need needs needed like prefer try tries treat treated consider ' +
      'make makes made become becomes seem feel use uses used using expect should must may might shall able allowed supposed ' +
      'warn warns notify notified page alarm alert fire fires trigger triggers hit hits reach reaches pass passes exceed exceeds cross crosses ' +
      'big bigger small smaller high higher low lower fast faster slow slower cheap expensive good better best worse bad right wrong fine okay ok ' +
      'thing things way case time times day today tonight tomorrow yesterday week production people someone somebody anyone everyone users customers team ' +
      'value number amount setting settings option config configuration property size level rate count total per each single whole ' +
      'total totally only just least most than about around roughly exactly within without behind under over above below between ' +
      'depois durante ate enquanto ja ainda mesmo muito pouco bem melhor pior maior menor alto baixo mais menos quase cerca exatamente dentro fora ' +
      'deve devem pode podem precisa precisam fica ficar ficam vai vao ser seja sejam sao estar esta estao tem ter tenha usar usa usem quando onde disparar dispara dispare ' +
      'valor numero quantidade configuracao propriedade tamanho nivel hoje agora sempre nunca gente pessoal cada inteiro tudo isso isto aqui ali seu sua seus suas nosso nossa ' +
      'second seconds minute minutes hour hours day days week weeks month months year years segundo segundos minuto minutos hora horas dia dias semana semanas mes meses ano anos ' +
      'out up instead rather failed bad consecutive row running second seconds third once twice',
  ),
);

export function isTalk(word: string): boolean {
  return TALK.has(word) || /^\d{1,2}(?:am|pm|h)$/.test(word);
}

export function isFiller(word: string): boolean {
  return FILLER.has(word) || /^\d+$/.test(word);
}

export const COMMON_WORDS: readonly string[] = [...FILLER, ...TALK];

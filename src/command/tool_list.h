/* command/tool_list.h - tools whose options and operands are known, and resources of Kubernetes.
 * TOOL_LIST: X(names, options). The first name is the tool's own. Options, parted by blanks: "o:output" takes a value,
 * "w.watch" takes none; a part may be left out (":kubeconfig", "C:"). "*" means that every long option that is not
 * listed takes a value.
 * VERB_LIST: X(tool, verbs, options): options that hold behind one of the verbs, before those of the tool.
 * Included by tool_grammar.c only. */
#define TOOL_LIST(X)                                                                                                   \
    X("kubectl kubecolor oc k kc kctl kcl kubectx-kubectl karmadactl kubectl.kubectl kuberlr kubectl_complete",        \
      "n:namespace s:server o:output l:selector f:filename L:label-columns k:kustomize c:container p:patch v:v "       \
      "A.all-namespaces w.watch i.stdin t.tty R.recursive q.quiet :kubeconfig :context :cluster :user :token :as "     \
      ":as-group :as-uid :as-user-extra :certificate-authority :client-certificate :client-key :tls-server-name "      \
      ":request-timeout :username :password :cache-dir :profile :profile-output :vmodule :log-file :log-dir "          \
      ":loglevel :config :field-selector :template :chunk-size :sort-by :raw :subresource :since :since-time :tail "   \
      ":limit-bytes :max-log-requests :pod-running-timeout :image :image-pull-policy :target :copy-to :env "           \
      ":overrides :port :replicas :restart :duration :audience :bound-object-kind :bound-object-name "                 \
      ":bound-object-uid :address :field-manager :type :patch-file :from :from-file :from-literal :from-env-file "     \
      ":to :keys :verb :resource :timeout :grace-period :labels :annotations :serviceaccount :limits :requests "       \
      ":set-image :output-version :api-group :verbs :for :output-directory :namespaces :output-version "               \
      ":stderrthreshold"                                                                                               \
      " :namespace :server :output :selector :filename :container :patch")                                             \
    X("docker docker.io com.docker.cli",                                                                               \
      "H:host D.debug c:context l:log-level :config :tlscacert :tlscert :tlskey :host :context :log-level")            \
    X("podman podman-remote podman.io",                                                                                \
      "c:connection :url :identity :root :runroot :log-level :storage-driver :storage-opt :cgroup-manager r.remote "   \
      ":connection H:host")                                                                                            \
    X("nerdctl nerdctl.lima finch lima-nerdctl",                                                                       \
      "n:namespace a:address H:host :namespace :address :host :snapshotter :cni-path :cni-netconfpath :data-root "     \
      ":cgroup-manager :hosts-dir")                                                                                    \
    X("crictl", "r:runtime-endpoint i:image-endpoint t:timeout c:config D.debug o:output :runtime-endpoint "           \
      ":image-endpoint :timeout :config :output :template :name :label :state :id :image :pod")                        \
    X("ctr", "n:namespace a:address :namespace :address :timeout :connect-timeout")                                    \
    X("runc crun youki", ":root :log :log-format")                                                                     \
    X("helm helm3 h3", "n:namespace o:output f:values a.all A.all-namespaces q.short l:selector m:max :namespace "     \
      ":kube-context :kubeconfig :kube-token :kube-apiserver :kube-as-user :kube-ca-file :registry-config :output "    \
      ":values :set :version :revision :template :filter :selector")                                                   \
    X("etcdctl etcdctl3", "w:write-out C:peers :endpoints :endpoint :peers :cacert :cert :key :user :password "        \
      ":dial-timeout :command-timeout :write-out :limit :order :sort-by :rev :consistency :cert-file :key-file "       \
      ":ca-file :discovery-srv :data-dir")                                                                             \
    X("etcdutl etcd-dump auger", "w:write-out :data-dir :write-out :db f:file o:output")                               \
    X("argocd", "o:output N:app-namespace H:header n:namespace :server :auth-token :config :grpc-web-root-path "       \
      ":header :output :kube-context")                                                                                 \
    X("curl curlie", "A:user-agent b:cookie c:cookie-jar C:continue-at d:data D:dump-header e:referer E:cert "         \
      "F:form H:header K:config m:max-time o:output P:ftp-port Q:quote r:range t:telnet-option T:upload-file "         \
      "u:user U:proxy-user w:write-out x:proxy X:request y:speed-time Y:speed-limit z:time-cond h:help "               \
      ":user-agent :cookie :cookie-jar :continue-at :data :data-raw :data-binary :data-ascii :data-urlencode :json "   \
      ":dump-header :referer :cert :form :form-string :header :config :max-time :output :range :upload-file :user "    \
      ":write-out :proxy :request :unix-socket :abstract-unix-socket :url :cacert :capath :key :key-type :cert-type "  \
      ":connect-timeout :resolve :connect-to :interface :retry :retry-delay :retry-max-time :oauth2-bearer "           \
      ":limit-rate :proto :tls-max :ciphers :pass :noproxy :socks5 :socks5-hostname :max-redirs :output-dir "          \
      ":request-target :url-query :variable :expand-url")                                                              \
    X("wget wget2", "O:output-document o:output-file P:directory-prefix U:user-agent e:execute t:tries T:timeout "     \
      "w:wait Q:quota i:input-file a:append-output A:accept R:reject D:domains I:include X:exclude l:level "           \
      ":output-document :header :post-data :post-file :body-data :body-file :method :user-agent :ca-certificate "      \
      ":certificate :private-key :user :password :timeout :tries :input-file")                                         \
    X("http https xh xhs httpie", "a:auth A:auth-type o:output p:print s:style :auth :auth-type :output :print "       \
      ":verify :session :proxy :cert :cert-key :timeout")                                                              \
    X("nc ncat netcat nc.openbsd nc.traditional", "w:wait p:port s:source q:quit i:interval X:proxy-type x:proxy "     \
      "e:exec c:exec g:gateway o:output I:in-buffer O:out-buffer T:tos m:minttl V:rtable U.unixsock :proxy "           \
      ":proxy-type :exec :sh-exec")                                                                                    \
    X("tar gtar bsdtar", "f:file C:directory T:files-from X:exclude-from :file :directory :exclude :files-from "       \
      ":transform I:use-compress-program")                                                                             \
    X("grep egrep fgrep zgrep rg ag ack ggrep", "e:regexp f:file A:after-context B:before-context C:context "          \
      "m:max-count d:directories D:devices :regexp :file :include :exclude :exclude-dir g:glob t:type")                \
    X("sed gsed", "e:expression f:file l:line-length :expression :file")                                               \
    X("awk gawk mawk nawk", "F:field-separator v:assign f:file :field-separator :assign")                              \
    X("jq gojq jaq", "f:from-file L:library-path :indent :from-file")                                                  \
    X("yq dasel", "p:input-format o:output-format I:indent :input-format :output-format :from-file")                   \
    X("head ghead", "n:lines c:bytes :lines :bytes")                                                                   \
    X("tail gtail", "n:lines c:bytes :lines :bytes :pid")                                                              \
    X("cut", "d:delimiter f:fields c:characters b:bytes")                                                              \
    X("sort gsort", "k:key t:field-separator o:output T:temporary-directory S:buffer-size")                            \
    X("xxd", "l:len s:seek c:cols g:groupsize o:off")                                                                  \
    X("od god", "A:address-radix t:format N:read-bytes j:skip-bytes w:width")                                          \
    X("hexdump hd", "n:length s:skip e:format f:file")                                                                 \
    X("base64 gbase64 base32 basenc", "w:wrap :wrap")                                                                  \
    X("strings gstrings", "n:bytes e:encoding t:radix")                                                                \
    X("scp", "r.recursive i:identity P:port F:config o:option S:program c:cipher l:limit J:jump")                      \
    X("sftp", "i:identity P:port F:config o:option b:batch J:jump")                                                    \
    X("rsync", "e:rsh f:filter T:temp-dir M:remote-option :rsh :exclude :include :files-from :password-file")          \
    X("ssh autossh", "B: b: c: D: E: e: F: I: i: J: L: l: m: o: p: Q: R: S: W: w:")                                    \
    X("kubeletctl", "s:server p:pod c:container n:namespace r:raw x:cacert :server :pod :container :namespace "        \
      ":token :cidr :port :http :config :cacert")                                                                      \
    X("cp gcp", "t:target-directory S:suffix :target-directory r.recursive R.recursive a.recursive")                   \
    X("mv gmv", "t:target-directory S:suffix :target-directory")                                                       \
    X("ln gln", "t:target-directory S:suffix :target-directory")                                                       \
    X("install ginstall", "t:target-directory S:suffix m:mode o:owner g:group :target-directory")                      \
    X("openssl", "1 :connect :in :out :CAfile :CApath :cert :key :servername :k :pass :proxy :unix :inkey :kfile")     \
    X("dockerd docker-daemon", "H:host l:log-level g:data-root G:group p:pidfile :host :containerd :data-root "        \
      ":config-file :log-level :tlscacert :tlscert :tlskey :group :pidfile :exec-root")                                \
    X("socat", "T:timeout t:timeout b:size")                                                                           \
    X("lxc incus", ":project :remote")

#define DOCKER_EXEC                                                                                                    \
    "e:env u:user w:workdir d.detach i.interactive t.tty T.no-tty l.latest :env :user :workdir :env-file "             \
    ":detach-keys :index"
#define DOCKER_RUN                                                                                                     \
    "* a:attach c:cpu-shares e:env h:hostname l:label m:memory p:publish u:user v:volume w:workdir d.detach "          \
    "i.interactive t.tty P.publish-all q.quiet T.no-tty .rm .privileged .init .read-only .no-healthcheck .sig-proxy "  \
    ".disable-content-trust .detach .interactive .tty .publish-all .quiet .replace .oom-kill-disable .help .rmi "      \
    ".no-deps .service-ports .build .use-aliases .remove-orphans .env-host .no-hosts .tls-verify .quiet-pull .no-TTY"

#define VERB_LIST(X)                                                                                                   \
    X("kubectl", "logs log", "f.follow p.previous")                                                                    \
    X("kubectl", "get describe", "k:kustomize")                                                                        \
    X("kubectl", "debug run", ".stdin .tty l:labels")                                                                  \
    X("kubectl", "extract", "")                                                                                        \
    X("docker", "exec", DOCKER_EXEC)                                                                                   \
    X("docker", "run create", DOCKER_RUN)                                                                              \
    X("docker", "logs", "f.follow n:tail t.timestamps :since :until :tail .details l.latest")                          \
    X("docker", "inspect", "f:format s.size l.latest :format :type t:type")                                            \
    X("docker", "ps ls list images", "f:filter n:last a.all q.quiet s.size l.latest :filter :format :last")            \
    X("docker", "history", "H.human q.quiet :format .no-trunc")                                                        \
    X("docker", "cp", "a.archive L.follow-link q.quiet")                                                               \
    X("docker", "service secret config node stack swarm network volume image system container context plugin "         \
      "manifest pod machine",                                                                                          \
      "f:format q.quiet :format :filter o:output :output e:env")                                                       \
    X("docker", "save export", "o:output :output")                                                                     \
    X("docker", "commit", "a:author m:message c:change p.pause")                                                       \
    X("docker", "build buildx", "* f:file t:tag o:output q.quiet .no-cache .pull .push .load .quiet .rm")              \
    X("docker", "compose", "f:file p:project-name :profile :file :project-name :env-file :project-directory :ansi "    \
      ":progress :parallel")                                                                                           \
    X("docker", "login", "u:username p:password :username :password")                                                  \
    X("docker", "events top stats wait update", "f:filter :since :until :format")                                      \
    X("crictl", "exec", "i.interactive t.tty s.sync")                                                                  \
    X("ctr", "tasks", ":exec-id :user :cwd :fifo-dir :log-uri t.tty d.detach")                                         \
    X("ctr", "run", "* d.detach t.tty .rm .detach .tty .net-host .privileged .null-io .read-only .with-ns")            \
    X("runc", "exec", "e:env u:user p:process d.detach t.tty :env :user :cwd :process :pid-file :console-socket")

/* The name that patterns use, then the others. */
#define RESOURCE_LIST(X)                                                                                               \
    X("secrets secret") X("configmaps cm configmap") X("serviceaccounts sa serviceaccount") X("pods po pod")           \
    X("services svc service") X("namespaces ns namespace") X("nodes no node") X("deployments deploy deployment")       \
    X("replicasets rs replicaset") X("statefulsets sts statefulset") X("daemonsets ds daemonset") X("jobs job")        \
    X("cronjobs cj cronjob") X("ingresses ing ingress") X("endpoints ep endpoint") X("events ev event")                \
    X("persistentvolumes pv persistentvolume") X("persistentvolumeclaims pvc persistentvolumeclaim")                   \
    X("replicationcontrollers rc replicationcontroller") X("roles role") X("rolebindings rolebinding")                 \
    X("clusterroles clusterrole") X("clusterrolebindings clusterrolebinding") X("networkpolicies netpol "              \
      "networkpolicy")                                                                                                 \
    X("customresourcedefinitions crd crds customresourcedefinition") X("all") X("leases lease")                        \
    X("horizontalpodautoscalers hpa") X("certificatesigningrequests csr") X("storageclasses sc")                       \
    X("deploymentconfigs dc deploymentconfig") X("routes route") X("projects project")

#define KUBERNETES_GROUPS                                                                                              \
    "v1 v1. core apps v1.apps batch v1.batch networking.k8s.io v1.networking.k8s.io rbac.authorization.k8s.io "        \
    "v1.rbac.authorization.k8s.io extensions autoscaling policy apiextensions.k8s.io coordination.k8s.io "             \
    "storage.k8s.io certificates.k8s.io discovery.k8s.io events.k8s.io"

#define KUBECTL_VERBS                                                                                                  \
    "get describe edit delete apply create replace patch label annotate expose run set logs log exec attach cp "       \
    "port-forward proxy debug auth config certificate cluster-info top cordon uncordon drain taint rollout scale "     \
    "autoscale explain diff kustomize wait api-resources api-versions options version plugin completion events "       \
    "krew view-secret extract whoami serviceaccounts sa rsh login project policy adm convert alpha beta"
#define DOCKER_VERBS                                                                                                   \
    "exec run create logs inspect ps ls list images history cp service secret config node stack swarm network "        \
      "volume "                                                                                                        \
    "image system container context plugin manifest save export commit build buildx compose login events top stats "   \
    "wait update start stop restart kill rm rmi pull push tag info version attach diff load import port rename "       \
      "pause "                                                                                                         \
    "unpause logout search pod machine generate mount unshare checkpoint scout kube"

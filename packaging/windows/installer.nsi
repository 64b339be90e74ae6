; The installer for Windows: makensis -DVERSION=… -DSTAGE=DIR -DOUT=FILE -DCOMPRESS=zlib installer.nsi
; It puts the program where programs are; services are made by `restante service install`.
; a program of 64 bits itself, which no other Windows starts
Target amd64-unicode
ManifestSupportedOS all
!include LogicLib.nsh

Name "Restante ${VERSION}"
OutFile "${OUT}"
InstallDir "$PROGRAMFILES64\Restante"
RequestExecutionLevel admin
SetCompressor ${COMPRESS}
LicenseData "${STAGE}\LICENSE"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Restante"

Page license
Page directory
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

Section
  SetRegView 64
  SetShellVarContext all
  SetOutPath "$INSTDIR"
  ClearErrors
  File "${STAGE}\restante.exe"
  ${If} ${Errors}
    MessageBox MB_OK|MB_ICONSTOP "restante.exe is in use. Stop the services of Restante, then install again." /SD IDOK
    Abort
  ${EndIf}
  File "${STAGE}\LICENSE"
  File "${STAGE}\THIRD-PARTY-LICENCES"
  File "${STAGE}\restante.cdx.json"
  File "${STAGE}\README.md"
  SetOutPath "$INSTDIR\examples"
  File "${STAGE}\examples\*.example"
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  ; Found by its name, without the path of everybody being changed.
  WriteRegStr HKLM "Software\Microsoft\Windows\CurrentVersion\App Paths\restante.exe" "" "$INSTDIR\restante.exe"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayName" "Restante"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL}" "Publisher" "The engineers of Restante"
  WriteRegStr HKLM "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKLM "${UNINSTALL}" "NoRepair" 1
SectionEnd

; Configuration, messages and logs stay, and services are removed by whoever made them.
Section "Uninstall"
  SetRegView 64
  SetShellVarContext all
  ClearErrors
  Delete "$INSTDIR\restante.exe"
  ${If} ${Errors}
    MessageBox MB_OK|MB_ICONSTOP "restante.exe is in use. Remove the services of Restante first: restante service remove client" /SD IDOK
    Abort
  ${EndIf}
  Delete "$INSTDIR\LICENSE"
  Delete "$INSTDIR\THIRD-PARTY-LICENCES"
  Delete "$INSTDIR\restante.cdx.json"
  Delete "$INSTDIR\README.md"
  Delete "$INSTDIR\examples\*.example"
  RMDir "$INSTDIR\examples"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKLM "Software\Microsoft\Windows\CurrentVersion\App Paths\restante.exe"
  DeleteRegKey HKLM "${UNINSTALL}"
SectionEnd
